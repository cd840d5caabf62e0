// How the recorder writes a line of JSON: an object whose first member is there already.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// More than this of a stream or a file is not kept.
enum { KEPT = 1 << 20 };

static void put_text(FILE *out, const char *text, size_t length) {
  putc('"', out);
  for (size_t i = 0; i < length; i++) {
    unsigned char c = text[i];
    if (c == '"' || c == '\\') fprintf(out, "\\%c", c);
    else if (c < 0x20) fprintf(out, "\\u%04x", c);
    else putc(c, out);
  }
  putc('"', out);
}

static void put_string(FILE *out, const char *key, const char *text) {
  fprintf(out, ",\"%s\":", key);
  put_text(out, text, strlen(text));
}

static void put_strings(FILE *out, const char *key, char **list) {
  fprintf(out, ",\"%s\":[", key);
  for (char **each = list; *each; each++) {
    if (each != list) putc(',', out);
    put_text(out, *each, strlen(*each));
  }
  putc(']', out);
}

// What of a file lies behind `offset`. Returns NULL where it cannot be read.
static char *read_file(const char *path, off_t offset, size_t *length) {
  char *text = NULL;
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return NULL;
  text = malloc(KEPT);
  *length = 0;
  for (ssize_t n; *length < KEPT && (n = pread(fd, text + *length, KEPT - *length, offset + *length)) > 0;)
    *length += n;
  close(fd);
  return text;
}

static void put_file(FILE *out, const char *key, const char *path, off_t offset) {
  size_t length;
  char *text = path ? read_file(path, offset, &length) : NULL;
  if (!text) return;
  fprintf(out, ",\"%s\":", key);
  put_text(out, text, length);
  free(text);
}
