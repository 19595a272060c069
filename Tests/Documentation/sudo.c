/* A stand-in for sudo in the box that the documentation's commands run in: `sudo [-u USER] COMMAND…`, asking for nothing.
   Installed setuid root in a mount namespace that ends with the test, and nowhere else. */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **words) {
  const char *name = "root";
  int first = 1;
  if (count > 2 && strcmp(words[1], "-u") == 0) {
    name = words[2];
    first = 3;
  }
  struct passwd *user = getpwnam(name);
  if (!user || first >= count) {
    fprintf(stderr, "sudo: %s\n", user ? "no command" : "unknown user");
    return 1;
  }
  if (setgid(user->pw_gid) || initgroups(name, user->pw_gid) || setuid(user->pw_uid)) {
    perror("sudo");
    return 1;
  }
  execvp(words[first], &words[first]);
  fprintf(stderr, "sudo: %s: command not found\n", words[first]);
  return 127;
}
