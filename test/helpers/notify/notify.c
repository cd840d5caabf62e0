// Sends each of its arguments in a datagram to the socket that $NOTIFY_SOCKET names, as sd_notify(3) does.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *path = getenv("NOTIFY_SOCKET");
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (path == NULL || fd < 0 || strlen(path) >= sizeof address.sun_path) {
    fprintf(stderr, "notify: NOTIFY_SOCKET is %s\n", path == NULL ? "not set" : path);
    return 1;
  }
  memcpy(address.sun_path, path, strlen(path));
  for (int i = 1; i < argc; i++) {
    if (sendto(fd, argv[i], strlen(argv[i]), 0, (struct sockaddr *)&address, sizeof address) < 0) {
      perror("notify: sendto");
      return 1;
    }
  }
  return 0;
}
