// agent SOCKET LOG [CALL=ANSWER]...: a seccomp agent. Takes one container process state with its descriptor at SOCKET and
// answers the notifications that follow: ANSWER is `errno:N`, `value:N`, `wait` (none), `die` or `continue`, what any other
// call gets. LOG gets a line for each thing that happens: `state JSON`, `descriptors N`, `rest N`, `call NAME PID`, `end`
// once nobody is filtered any more.
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static const struct {
  const char *name;
  int number;
} calls[] = {
#ifdef SYS_mkdir
    {"mkdir", SYS_mkdir},
#endif
    {"mkdir", SYS_mkdirat}, {"execve", SYS_execve}, {"read", SYS_read}, {"write", SYS_write},
};

static FILE *log_file;

static void check(int failed, const char *what) {
  if (!failed) return;
  fprintf(stderr, "agent: %s: %s\n", what, strerror(errno));
  exit(1);
}

static const char *name_of(int number) {
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
    if (calls[i].number == number) return calls[i].name;
  return "other";
}

static int listen_at(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  check(bind(fd, (struct sockaddr *)&address, sizeof address), "bind");
  check(listen(fd, 8), "listen");
  return fd;
}

// The message whole, in one recvmsg(2) as agents do it, and the descriptor that comes with it.
static int receive(int listener) {
  static char payload[65536];
  char control[CMSG_SPACE(8 * sizeof(int))];
  struct iovec vector = {payload, sizeof payload - 1};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  int connection = accept(listener, NULL, NULL), fd = -1;
  check(connection < 0, "accept");
  ssize_t length = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
  check(length < 0, "recvmsg");
  payload[length] = 0;
  fprintf(log_file, "state %s\n", payload);
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  int count = header == NULL ? 0 : (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
  fprintf(log_file, "descriptors %d\n", count);
  if (count > 0) memcpy(&fd, CMSG_DATA(header), sizeof fd);
  fprintf(log_file, "rest %zd\n", recv(connection, payload, 1, 0));
  close(connection);
  return fd;
}

// Whether there is an answer.
static int answer(const char *name, char **answers, struct seccomp_notif_resp *response) {
  size_t length = strlen(name);
  for (; *answers != NULL; answers++) {
    const char *how = *answers + length + 1;
    if (strncmp(*answers, name, length) != 0 || (*answers)[length] != '=') continue;
    if (strcmp(how, "die") == 0) exit(0);
    if (strcmp(how, "wait") == 0) return 0;
    if (strcmp(how, "continue") == 0) break;
    if (strncmp(how, "errno:", 6) == 0) response->error = -atoi(how + 6);
    if (strncmp(how, "value:", 6) == 0) response->val = atoi(how + 6);
    return 1;
  }
  response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  return 1;
}

static int serve(int fd, char **answers) {
  for (;;) {
    struct pollfd wait = {fd, POLLIN, 0};
    struct seccomp_notif request = {0};
    check(poll(&wait, 1, -1) < 0, "poll");
    if ((wait.revents & POLLIN) == 0) {
      fprintf(log_file, "end\n");
      return 0;
    }
    if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0) continue;
    struct seccomp_notif_resp response = {.id = request.id};
    const char *name = name_of(request.data.nr);
    fprintf(log_file, "call %s %u\n", name, request.pid);
    if (answer(name, answers, &response)) ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &response);
  }
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  log_file = fopen(argv[2], "w");
  check(log_file == NULL, argv[2]);
  setlinebuf(log_file);
  int listener = listen_at(argv[1]);
  int fd = receive(listener);
  close(listener);
  return fd < 0 ? 1 : serve(fd, argv + 3);
}
