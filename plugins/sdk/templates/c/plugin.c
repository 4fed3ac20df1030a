// The kind `{{name}}`: a text file in upper case (A to Z alone).
//
// What a plugin says and does is in wit/step.wit; bindings/ is made from it. What
// is handed to the host is freed by the generated code, so every piece of it is
// allocated, never static.
#include "step.h"

#include <stdlib.h>

// The most bytes that are read at once.
#define CHUNK (1u << 18)

static void *allocate(size_t size) {
  void *memory = calloc(1, size);
  if (memory == NULL) abort();
  return memory;
}

void exports_step_describe(step_descriptor_t *descriptor) {
  ingot_step_types_kind_t *kind = allocate(sizeof *kind);
  step_string_dup(&kind->name, "{{name}}");
  step_string_dup(&kind->summary, "a text file in upper case");
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

// Copies the text in upper case; says how many lines it has.
static uint64_t copy_upper(ingot_step_artifacts_borrow_reader_t reader,
                           ingot_step_artifacts_borrow_writer_t writer) {
  uint64_t lines = 0;
  for (;;) {
    step_list_u8_t chunk;
    ingot_step_artifacts_method_reader_read(reader, CHUNK, &chunk);
    if (chunk.len == 0) return lines;
    for (size_t at = 0; at < chunk.len; at++) {
      uint8_t byte = chunk.ptr[at];
      if (byte >= 'a' && byte <= 'z') chunk.ptr[at] = byte - 'a' + 'A';
      lines += byte == '\n';
    }
    ingot_step_artifacts_method_writer_write(writer, &chunk);
    step_list_u8_free(&chunk);
  }
}

bool exports_step_run(step_config_t *config, step_list_own_input_t *inputs,
                      step_list_own_output_t *outputs, step_failure_t *failure) {
  (void)config; // There is one kind, and it has no params.
  step_string_t file = {.ptr = NULL, .len = 0};
  ingot_step_artifacts_borrow_input_t input = ingot_step_artifacts_borrow_input(inputs->ptr[0]);
  ingot_step_artifacts_borrow_output_t output =
      ingot_step_artifacts_borrow_output(outputs->ptr[0]);
  ingot_step_artifacts_own_reader_t reader;
  ingot_step_artifacts_own_writer_t writer;
  if (!ingot_step_artifacts_method_input_open(input, &file, &reader, failure)) return false;
  if (!ingot_step_artifacts_method_output_create(output, &file, &writer, failure)) return false;

  uint64_t lines = copy_upper(ingot_step_artifacts_borrow_reader(reader),
                              ingot_step_artifacts_borrow_writer(writer));
  ingot_step_report_metric_t metric = {.value = (double)lines};
  step_string_set(&metric.name, "lines");
  ingot_step_report_add_metric(&metric);

  ingot_step_artifacts_reader_drop_own(reader);
  ingot_step_artifacts_writer_drop_own(writer);
  step_list_own_input_free(inputs);
  step_list_own_output_free(outputs);
  return true;
}
