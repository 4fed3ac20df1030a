//! D02: files of a source, read as a table.

use ingot_protocol::codes::Entry;

/// The table.
pub(super) const CODES: &[Entry] = &[
    Entry {
        code: "D0201",
        title: "files have no format",
        explanation: "A step takes files as a table, and nothing says how they are read; a file's ending is not asked. Say it of the source, or of the output of the command that writes the files:\n\n    [sources.houses]\n    path = \"data/houses.csv\"\n    format = { type = \"csv\" }\n\n    outputs.rows = { type = \"files\", format = { type = \"csv\" } }",
    },
    Entry {
        code: "D0202",
        title: "the worker does not know a format",
        explanation: "A format is `{ type = \"csv\" }`, with `delimiter`, `header`, `columns`, `nulls` and `trim` where they are needed, or of one of the types `parquet`, `arrow`, `lines`, `json_lines` and `images`. The message says which part is wrong. If the manifest is right, `ingot` and `ingot-data` are of different versions: install both from one release.",
    },
    Entry {
        code: "D0203",
        title: "a source cannot be read",
        explanation: "A file is not there, is no regular file, cannot be read, or is a link to a folder. Folders behind links are not entered: they would be read twice, or without end. Look at the path and the rights; name the folder itself where a link leads to one.",
    },
    Entry {
        code: "D0204",
        title: "the files of a source do not fit together",
        explanation: "The files of a folder are one table, read in the order of their paths, so all have the same columns in one order, and a column has one type. `int64` beside `float64` is `float64` where every number stays itself. The message names the first file that differs. Make the files alike, or keep the others in a source of their own.",
    },
    Entry {
        code: "D0205",
        title: "a table's rows or columns do not add up",
        explanation: "A row has more or fewer cells than the header, a column's name is there twice, the file has no line at all or more than 100,000 columns, or the format cannot be: a delimiter that is a quote, `columns` beside a header, or another number of them. The message names the line. A cell that holds the delimiter stands in quotes. A row is not cut or filled, since its values would stand in the wrong columns.",
    },
    Entry {
        code: "D0206",
        title: "a file is not readable Parquet or Arrow",
        explanation: "The bytes are not what the source's format says, are cut off, or contradict themselves. A stream of Arrow has a mark at its end, without which it counts as cut off. Write the file anew, or leave it out of the source:\n\n    exclude = [\"**/README.md\"]",
    },
    Entry {
        code: "D0207",
        title: "a column of Parquet or Arrow is no column of a table",
        explanation: "A table's columns are numbers, truth values, dates or text. The column holds bytes, lists or structs. Text must be marked as such in the file, else it is bytes. Write the column in another type, or leave it out of the file.",
    },
    Entry {
        code: "D0208",
        title: "a quote is never closed",
        explanation: "A cell begins with a quote, and the file ends inside it: all that follows would be one cell. The line is where the quote was opened. Close it; a quote inside a quoted cell is written twice: `\"5\"\" disk\"`.",
    },
    Entry {
        code: "D0209",
        title: "text stands behind a closing quote",
        explanation: "A quoted cell ends at its quote, and a delimiter or the line's end follows. The message names the line where the text stands, and the one where the quote was opened: often a quote was forgotten there. A quote inside a quoted cell is written twice.",
    },
    Entry {
        code: "D0210",
        title: "lines end in two ways",
        explanation: "The file has carriage returns alone, and other lines of it end with line feeds. Either could be a part of a cell. End every line the same way.",
    },
    Entry {
        code: "D0211",
        title: "a text is not UTF-8",
        explanation: "The file holds bytes that are no UTF-8, or a NUL byte: it is in another encoding, or is no text. Nothing is guessed, since a wrong guess changes names and classes. Save the file as UTF-8, for example by `iconv -f latin1 -t utf-8`.",
    },
    Entry {
        code: "D0212",
        title: "a row is too long",
        explanation: "A row of separated values or of Arrow, or a line of text, has more than 64 MiB, or all lines of a file have more than 2 GiB together. Often a quote was opened by mistake, or the file is no table. Keep what is so long in files of its own, and split a large file into several.",
    },
    Entry {
        code: "D0213",
        title: "a file asks for too much memory",
        explanation: "What a file says of its sizes is looked at before room is taken. Parquet may ask for 1 GiB, and for 256 bytes more for each of its own: write it as several smaller files in a folder, which is one source. A batch of Arrow may have 1 GiB, and so may the dictionaries of a file together: write smaller batches (`max_chunksize` of pyarrow's `write_table`). An image may have 64 Mi values, and its file as many bytes.",
    },
    Entry {
        code: "D0214",
        title: "the decoder stopped at a file",
        explanation: "The bytes claim to be Parquet, Arrow or an image, and the decoder gave up on them. Write the file anew, with another program.",
    },
    Entry {
        code: "D0215",
        title: "a dataset cannot hold a column's type yet",
        explanation: "A dataset's columns are `int64`, `float64`, `bool`, `utf8`, `date`, `timestamp`, or images. `uint64`, decimals, times of day and times without a zone are none of them, and to make one of them is a decision. The contract makes it:\n\n    [columns.price]\n    type = \"float64\"\n\n`float64` is the nearest number, `timestamp` takes times without a zone as those of UTC, `utf8` is the text as it is written.",
    },
    Entry {
        code: "D0216",
        title: "a source's folder has no file to read",
        explanation: "Of a folder, names that begin with `.` or `_` are passed over, as Spark and Arrow do, and what `exclude` names is not there. Nothing was left. Put the tables there, or correct the source's `path` or `exclude`.",
    },
    Entry {
        code: "D0217",
        title: "a column is in a file and in its folder's name",
        explanation: "A folder such as `year=2024` gives every row below it a column `year`, and the file has one too. Neither is taken for the right one. Rename the folder or the column.",
    },
    Entry {
        code: "D0218",
        title: "a folder's log says which of its files count",
        explanation: "The folder is a Delta or Hudi table, or the output of a stream. Its files hold rows that were deleted or written twice, and only its log tells which. Write the rows as Parquet into a folder of their own, with the program that keeps the table.",
    },
    Entry {
        code: "D0219",
        title: "a packed file is damaged or cut off",
        explanation: "The first bytes of the file say that it is packed by gzip or zstd, and the stream does not come to its end. Nothing of it is taken. Pack the file again, or copy it anew from where it came.",
    },
    Entry {
        code: "D0220",
        title: "a packed file becomes too large",
        explanation: "A packed file may become 1 GiB, and 256 bytes more for each of its own. Unpack it, or write it as several smaller files in a folder, which is one source.",
    },
    Entry {
        code: "D0221",
        title: "a line does not match the pattern",
        explanation: "`pattern` of the source's format says what each line is, and its named groups are the columns. A line that it does not match would be lost, so the file is refused; the message has the line. Let the pattern match every line: `(?P<code>\\d+)?` is a part that may be missing.",
    },
    Entry {
        code: "D0222",
        title: "a line is no row of JSON",
        explanation: "In JSON Lines each line is an object of numbers, texts, truth values and null, and a member is of one type in all lines. The message has the line and what is wrong there: another type than in the lines before, a member that is there twice, a list or an object, a number that neither `int64` nor `float64` holds, or no JSON.",
    },
    Entry {
        code: "D0223",
        title: "a file is no readable image",
        explanation: "A source of the format `images` takes PNG and JPEG, which the first bytes of a file say, not its name. The message says whether this one is neither, is empty, is cut off or is damaged. Nothing is filled up. Write the file anew, or leave it out of the source:\n\n    exclude = [\"**/*.csv\"]",
    },
    Entry {
        code: "D0224",
        title: "an image would lose something",
        explanation: "An image of a dataset has a byte a value, and is grey or RGB. The message says what this one has beyond that: 16 bits a value, pixels that are transparent, other colours such as CMYK, or more than one picture. What to do with it is a decision: convert the files before, for example by a `command` step.",
    },
    Entry {
        code: "D0225",
        title: "images are of different sizes",
        explanation: "All images of a dataset have one height, one width and the same number of channels, in every split. The message names two files and their sizes. Bring the images to one size before, for example by a `command` step, or leave some out: `exclude` in the source.",
    },
];
