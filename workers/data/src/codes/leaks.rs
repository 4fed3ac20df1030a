//! D18: `leaks`.

use ingot_protocol::codes::Entry;

/// The table.
pub(super) const CODES: &[Entry] = &[
    Entry {
        code: "D1801",
        title: "a feature alone says the label",
        explanation: "An error: one half of `train` guesses the labels of the other half by this column alone, and gets nearly all of them right. Often it was written after the label was known (a date of payment, a code of the diagnosis), or it is the label under another name. If it will not be known when the model is asked, give it the role `ignore`; if it will be, no model is needed: let somebody answer for it, `[[waivers]]` with `finding = \"leak.label\"`, or raise `label = { threshold = 0.999 }`.",
    },
    Entry {
        code: "D1802",
        title: "a number of rows sorts with the label",
        explanation: "A column that is different in nearly every row, such as a running number, says the label: the rows of one class were collected, or written, before those of another. An error where it is a feature, since a model learns the order of a file; a warning where it has the role `id`, which nothing learns from. Give it the role `id` or `ignore`, and look at how the rows were collected.",
    },
    Entry {
        code: "D1803",
        title: "rows stand in the order of their labels",
        explanation: "A warning: the number of a row within `train` says its label. No model sees that number; whoever cuts the rows by position, or learns from them in batches as they stand, has other classes in each part.",
    },
    Entry {
        code: "D1804",
        title: "rows are equal but for the last digits",
        explanation: "An error: rows of another split are rows of `train` once numbers are rounded to `digits` significant ones and texts are trimmed and in lower case. They were written twice, by two programs or after a change of unit and back. Take them out of one of the splits, or let somebody answer for them: `finding = \"leak.rounded\"` with their number.",
    },
    Entry {
        code: "D1805",
        title: "texts are nearly the same",
        explanation: "An error: texts of another split share so many of their shingles of three words with a text of `train` that they are copies with a change: a quotation, a new version, a template filled anew. Give copies to one split, by a group; or let somebody answer for them: `finding = \"leak.texts\"` with their number.",
    },
    Entry {
        code: "D1806",
        title: "images are nearly the same",
        explanation: "An error: images of another split are, pixel by pixel, nearly images of `train`: frames of one film, one picture stored twice, a copy that was made before the rows were split. Give them to one split, by a group; or let somebody answer for them: `finding = \"leak.images\"` with their number.",
    },
    Entry {
        code: "D1810",
        title: "rows cannot be looked at",
        explanation: "The Arrow library refused to join or to read the rows; the message has its reason. Report it, with the data if you can.",
    },
];
