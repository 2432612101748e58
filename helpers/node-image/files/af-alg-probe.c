/* Asks the kernel's crypto API (AF_ALG, Documentation/crypto/userspace-if.rst) for the digest of "abc" by each algorithm that is named as an argument.
   One line for each: algorithm, step, errno name or the digest in hex. An argument that begins with a slash is a file, of which the first bytes are shown:
   this program is static, so that no library of the node stands between it and the kernel. It judges nothing. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_alg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *name_of(int number) {
  switch (number) {
    case ENOENT: return "ENOENT";
    case EAFNOSUPPORT: return "EAFNOSUPPORT";
    case EPERM: return "EPERM";
    case EACCES: return "EACCES";
    case ELIBBAD: return "ELIBBAD";
    case EINVAL: return "EINVAL";
    case ETIMEDOUT: return "ETIMEDOUT";
    default: return "other";
  }
}

static void failed(const char *algorithm, const char *step) { printf("%s %s %s %d\n", algorithm, step, name_of(errno), errno); }

static void digest(const char *algorithm) {
  struct sockaddr_alg address = {.salg_family = AF_ALG, .salg_type = "hash"};
  unsigned char bytes[64];
  strncpy((char *)address.salg_name, algorithm, sizeof address.salg_name - 1);
  int listening = socket(AF_ALG, SOCK_SEQPACKET, 0);
  if (listening < 0) { failed(algorithm, "socket"); return; }
  if (bind(listening, (struct sockaddr *)&address, sizeof address)) { failed(algorithm, "bind"); close(listening); return; }
  int operation = accept(listening, NULL, 0);
  if (operation < 0) { failed(algorithm, "accept"); close(listening); return; }
  ssize_t length = write(operation, "abc", 3) == 3 ? read(operation, bytes, sizeof bytes) : -1;
  if (length < 0) failed(algorithm, "digest");
  else {
    printf("%s digest ok ", algorithm);
    for (ssize_t at = 0; at < length; at++) printf("%02x", bytes[at]);
    printf("\n");
  }
  close(operation);
  close(listening);
}

static void start_of(const char *path) {
  unsigned char bytes[32];
  int file = open(path, O_RDONLY);
  if (file < 0) { failed(path, "open"); return; }
  ssize_t length = read(file, bytes, sizeof bytes);
  if (length < 0) failed(path, "read");
  else {
    printf("%s read ok ", path);
    for (ssize_t at = 0; at < length; at++) printf("%02x", bytes[at]);
    printf("\n");
  }
  close(file);
}

int main(int count, char **named) {
  for (int at = 1; at < count; at++) {
    if (named[at][0] == '/') start_of(named[at]);
    else digest(named[at]);
  }
  return 0;
}
