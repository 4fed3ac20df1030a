// Tests of lines.c on this machine: each text in one piece, and byte by byte.
#include "lines.h"

#include <stdio.h>
#include <string.h>

typedef struct {
  char bytes[256];
  size_t length;
} text_t;

static void append(void *context, const uint8_t *bytes, size_t length) {
  text_t *text = context;
  memcpy(text->bytes + text->length, bytes, length);
  text->length += length;
}

static int failures;

static void check_pieces(const char *given, size_t piece, const char *wanted, uint64_t count) {
  static lines_t lines;
  text_t found = {.length = 0};
  lines_begin(&lines, append, &found);
  size_t length = strlen(given);
  for (size_t at = 0; at < length; at += piece) {
    size_t rest = length - at;
    lines_push(&lines, (const uint8_t *)given + at, rest < piece ? rest : piece);
  }
  uint64_t counted = lines_finish(&lines);
  if (counted == count && found.length == strlen(wanted) &&
      memcmp(found.bytes, wanted, found.length) == 0) {
    return;
  }
  failures++;
  fprintf(stderr, "pieces of %zu: %llu lines: %.*s\n", piece, (unsigned long long)counted,
          (int)found.length, found.bytes);
}

static void check(const char *given, const char *wanted, uint64_t count) {
  check_pieces(given, strlen(given) + 1, wanted, count);
  check_pieces(given, 1, wanted, count);
}

int main(void) {
  check("", "", 0);
  check(" \n\t\r\n\r", "", 0);
  check("a", "a\n", 1);
  check("a\r\nb\rc\n", "a\nb\nc\n", 3);
  check("a\r\r\nb", "a\n\nb\n", 3);
  check("\n\n a b \t\n\n c\n \n\n", "\n\n a b\n\n c\n", 5);
  return failures == 0 ? 0 : 1;
}
