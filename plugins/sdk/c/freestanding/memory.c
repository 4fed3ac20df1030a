// Memory for a module without a C library: blocks of 2^k bytes, a list of free
// ones for each k. Nothing goes back to the host; a freed block is used again.
//
// Every block starts with its k, and is aligned to 16 bytes, as `malloc` promises.
#include <stdint.h>

#include "stdlib.h"
#include "string.h"

#define HEADER 16u
#define PAGE 65536u
#define CLASSES 31

typedef struct block {
  size_t class;
  struct block *next;
} block_t;

extern uint8_t __heap_base;

static block_t *free_blocks[CLASSES];
static uintptr_t top, end;

static size_t class_of(size_t size) {
  size_t class = 5;
  while (class < CLASSES && ((size_t)1 << class) - HEADER < size) class++;
  return class;
}

static block_t *take_from_host(size_t class) {
  size_t size = (size_t)1 << class;
  if (top == 0) {
    top = ((uintptr_t)&__heap_base + HEADER - 1) & ~(uintptr_t)(HEADER - 1);
    end = __builtin_wasm_memory_size(0) * PAGE;
  }
  if (end - top < size) {
    size_t pages = (size - (end - top) + PAGE - 1) / PAGE;
    if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) return NULL;
    end += pages * PAGE;
  }
  block_t *block = (block_t *)top;
  top += size;
  return block;
}

void *malloc(size_t size) {
  size_t class = class_of(size);
  if (class == CLASSES) return NULL;
  block_t *block = free_blocks[class];
  if (block != NULL) {
    free_blocks[class] = block->next;
  } else if ((block = take_from_host(class)) == NULL) {
    return NULL;
  }
  block->class = class;
  return (uint8_t *)block + HEADER;
}

void free(void *memory) {
  if (memory == NULL) return;
  block_t *block = (block_t *)((uint8_t *)memory - HEADER);
  block->next = free_blocks[block->class];
  free_blocks[block->class] = block;
}

void *calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
  void *memory = malloc(bytes);
  return memory == NULL ? NULL : memset(memory, 0, bytes);
}

void *realloc(void *memory, size_t size) {
  if (memory == NULL) return malloc(size);
  size_t held = ((size_t)1 << ((block_t *)((uint8_t *)memory - HEADER))->class) - HEADER;
  if (size <= held) return memory;
  void *moved = malloc(size);
  if (moved == NULL) return NULL;
  memcpy(moved, memory, held);
  free(memory);
  return moved;
}

_Noreturn void abort(void) { __builtin_trap(); }

// With -mbulk-memory these are one instruction each, not calls of themselves.
void *memcpy(void *restrict to, const void *restrict from, size_t size) {
  return __builtin_memcpy(to, from, size);
}

void *memset(void *to, int byte, size_t size) { return __builtin_memset(to, byte, size); }

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length] != '\0') length++;
  return length;
}
