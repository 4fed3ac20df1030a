// The kind `lines` as a component of the world `step`: what it says of itself,
// and the way from the host's streams through lines.c and back.
//
// What is handed to the host by `describe` is freed by the generated code, so
// every piece of it is allocated, never static.
#include "step.h"
#include "lines.h"

#include <stdlib.h>

// The most bytes that are read at once.
#define CHUNK (1u << 18)

static void *allocate(size_t size) {
  void *memory = calloc(1, size);
  if (memory == NULL) abort();
  return memory;
}

static bool fail(step_failure_t *failure, const char *code, const char *message, const char *help) {
  step_string_dup(&failure->code, code);
  step_string_dup(&failure->message, message);
  failure->help.is_some = true;
  step_string_dup(&failure->help.val, help);
  return false;
}

void exports_step_describe(step_descriptor_t *descriptor) {
  ingot_step_types_kind_t *kind = allocate(sizeof *kind);
  step_string_dup(&kind->name, "lines");
  step_string_dup(&kind->summary, "end lines alike, without blanks at their ends");
  step_string_dup(&kind->params, "");
  kind->determinism = INGOT_STEP_TYPES_DETERMINISM_BITWISE;

  ingot_step_types_input_port_t *input = allocate(sizeof *input);
  step_string_dup(&input->name, "text");
  input->types.ptr = allocate(sizeof *input->types.ptr);
  input->types.len = 1;
  step_string_dup(&input->types.ptr[0], "files");
  input->required = true;
  kind->inputs.ptr = input;
  kind->inputs.len = 1;

  ingot_step_types_output_port_t *output = allocate(sizeof *output);
  step_string_dup(&output->name, "text");
  step_string_dup(&output->artifact_type, "files");
  output->file = true;
  kind->outputs.ptr = output;
  kind->outputs.len = 1;

  descriptor->kinds.ptr = kind;
  descriptor->kinds.len = 1;
  descriptor->artifact_types.ptr = NULL;
  descriptor->artifact_types.len = 0;
}

static void write_stream(void *context, const uint8_t *bytes, size_t length) {
  step_list_u8_t list = {.ptr = (uint8_t *)bytes, .len = length};
  ingot_step_artifacts_method_writer_write(*(ingot_step_artifacts_borrow_writer_t *)context, &list);
}

static uint64_t copy_lines(ingot_step_artifacts_own_reader_t reader,
                           ingot_step_artifacts_own_writer_t writer) {
  static lines_t lines;
  ingot_step_artifacts_borrow_writer_t sink = ingot_step_artifacts_borrow_writer(writer);
  lines_begin(&lines, write_stream, &sink);
  for (;;) {
    step_list_u8_t chunk;
    ingot_step_artifacts_method_reader_read(ingot_step_artifacts_borrow_reader(reader), CHUNK,
                                            &chunk);
    if (chunk.len == 0) break;
    lines_push(&lines, chunk.ptr, chunk.len);
    step_list_u8_free(&chunk);
  }
  return lines_finish(&lines);
}

static void report(uint64_t lines) {
  ingot_step_report_metric_t metric = {.value = (double)lines};
  step_string_set(&metric.name, "lines");
  ingot_step_report_add_metric(&metric);
}

bool exports_step_run(step_config_t *config, step_list_own_input_t *inputs,
                      step_list_own_output_t *outputs, step_failure_t *failure) {
  (void)config; // There is one kind, and it has no params.
  if (inputs->len != 1 || outputs->len != 1) {
    return fail(failure, "PORT", "a port has not just one artifact", "give `text` one file");
  }
  ingot_step_artifacts_borrow_input_t input = ingot_step_artifacts_borrow_input(inputs->ptr[0]);
  step_list_string_t streams;
  ingot_step_artifacts_method_input_streams(input, &streams);
  bool is_file = streams.len == 1 && streams.ptr[0].len == 0;
  step_list_string_free(&streams);
  if (!is_file) {
    return fail(failure, "FOLDER", "input port `text` holds a folder", "give it one file");
  }

  step_string_t file = {.ptr = NULL, .len = 0};
  ingot_step_artifacts_own_reader_t reader;
  ingot_step_artifacts_own_writer_t writer;
  if (!ingot_step_artifacts_method_input_open(input, &file, &reader, failure)) return false;
  bool made = ingot_step_artifacts_method_output_create(
      ingot_step_artifacts_borrow_output(outputs->ptr[0]), &file, &writer, failure);
  if (made) {
    report(copy_lines(reader, writer));
    ingot_step_artifacts_writer_drop_own(writer);
  }
  ingot_step_artifacts_reader_drop_own(reader);
  step_list_own_input_free(inputs);
  step_list_own_output_free(outputs);
  return made;
}
