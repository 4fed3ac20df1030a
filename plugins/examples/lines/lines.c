// See lines.h.
#include "lines.h"

#include <stdlib.h>

static void flush(lines_t *lines) {
  if (lines->out_length > 0) lines->sink(lines->context, lines->out, lines->out_length);
  lines->out_length = 0;
}

static void put(lines_t *lines, uint8_t byte) {
  if (lines->out_length == sizeof lines->out) flush(lines);
  lines->out[lines->out_length++] = byte;
}

static void put_ends(lines_t *lines) {
  for (; lines->ends > 0; lines->ends--, lines->lines++) put(lines, '\n');
}

static void hold_blank(lines_t *lines, uint8_t byte) {
  if (lines->blanks_length == lines->blanks_capacity) {
    size_t capacity = lines->blanks_capacity == 0 ? 64 : 2 * lines->blanks_capacity;
    lines->blanks = realloc(lines->blanks, capacity);
    if (lines->blanks == NULL) abort();
    lines->blanks_capacity = capacity;
  }
  lines->blanks[lines->blanks_length++] = byte;
}

static void end_line(lines_t *lines) {
  lines->blanks_length = 0;
  lines->ends++;
}

void lines_begin(lines_t *lines, lines_sink_t sink, void *context) {
  lines->sink = sink;
  lines->context = context;
  lines->blanks = NULL;
  lines->blanks_length = lines->blanks_capacity = lines->out_length = 0;
  lines->ends = lines->lines = 0;
  lines->after_return = lines->begun = false;
}

void lines_push(lines_t *lines, const uint8_t *bytes, size_t length) {
  for (size_t at = 0; at < length; at++) {
    uint8_t byte = bytes[at];
    bool second = byte == '\n' && lines->after_return;
    lines->after_return = byte == '\r';
    if (second) continue;
    if (byte == '\n' || byte == '\r') {
      end_line(lines);
    } else if (byte == ' ' || byte == '\t') {
      hold_blank(lines, byte);
    } else {
      put_ends(lines);
      for (size_t held = 0; held < lines->blanks_length; held++) put(lines, lines->blanks[held]);
      lines->blanks_length = 0;
      put(lines, byte);
      lines->begun = true;
    }
  }
}

uint64_t lines_finish(lines_t *lines) {
  lines->ends = lines->begun ? 1 : 0;
  put_ends(lines);
  flush(lines);
  free(lines->blanks);
  lines->blanks = NULL;
  return lines->lines;
}
