// Text with one kind of line ending, no blanks at the ends of lines, and no
// empty lines at its end.
//
// Pure: it is fed pieces and hands on pieces, however the text was cut. It holds
// the blanks of one line end at most, never the text.
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Takes `length` bytes of the result.
typedef void (*lines_sink_t)(void *context, const uint8_t *bytes, size_t length);

typedef struct {
  lines_sink_t sink;
  void *context;
  // Blanks that go out only if something stands behind them on the line.
  uint8_t *blanks;
  size_t blanks_length, blanks_capacity;
  // Line ends that go out only if something stands behind them in the text.
  uint64_t ends;
  // Line ends that went out.
  uint64_t lines;
  bool after_return, begun;
  uint8_t out[1 << 16];
  size_t out_length;
} lines_t;

// Begins a text.
void lines_begin(lines_t *lines, lines_sink_t sink, void *context);

// The next piece of the text. A line ends with "\n", "\r\n" or "\r".
void lines_push(lines_t *lines, const uint8_t *bytes, size_t length);

// The text's end; says how many lines went out, each one ended by "\n".
uint64_t lines_finish(lines_t *lines);

#endif
