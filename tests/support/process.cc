#include "tests/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace daybook::testing {
namespace {

struct Child {
  pid_t pid = -1;
  int out = -1;
  int err = -1;
};

Child Spawn(const std::vector<std::string>& arguments, size_t open_files = 0) {
  int out[2];
  int err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) std::abort();
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    if (open_files > 0) {
      const rlimit limit = {open_files, open_files};
      setrlimit(RLIMIT_NOFILE, &limit);
    }
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(out[1]);
  close(err[1]);
  return {pid, out[0], err[0]};
}

// Appends what is there; false at the end of the stream.
bool ReadSome(int fd, std::string* text) {
  char buffer[4096];
  const ssize_t got = read(fd, buffer, sizeof(buffer));
  if (got <= 0) return false;
  text->append(buffer, static_cast<size_t>(got));
  return true;
}

int ExitCode(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

DaybookdProcess::DaybookdProcess(const std::string& data_dir, const std::vector<std::string>& extra,
                                 const std::string& listen, size_t open_files) {
  std::vector<std::string> arguments = {DaybookdPath(), "--data-dir", data_dir, "--listen", listen};
  arguments.insert(arguments.end(), extra.begin(), extra.end());
  const Child child = Spawn(arguments, open_files);
  pid_ = child.pid;
  std::string output;
  const time_t give_up = time(nullptr) + 30;
  bool out_open = true;
  while (out_open && output.find('\n') == std::string::npos && time(nullptr) < give_up) {
    pollfd waits[2] = {{child.out, POLLIN, 0}, {child.err, POLLIN, 0}};
    if (poll(waits, 2, 1000) <= 0) continue;
    if (waits[0].revents != 0) out_open = ReadSome(child.out, &output);
    if (waits[1].revents != 0) ReadSome(child.err, &error_);
  }
  const size_t colon = output.rfind(':', output.find('\n'));
  if (output.find("listening on") != std::string::npos)
    port_ = std::atoi(output.c_str() + colon + 1);
  if (port_ == 0) {
    while (ReadSome(child.err, &error_)) {
    }
    // Nothing at all: it did not even run, as when a build replaces it at this moment.
    if (error_.empty()) error_ = "daybookd printed nothing";
  }
  // The server goes on writing its log: nobody reads it, and a closed pipe does not stop it
  // (SIGPIPE is ignored).
  close(child.out);
  close(child.err);
}

DaybookdProcess::~DaybookdProcess() { Kill(); }

void DaybookdProcess::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int DaybookdProcess::Terminate() {
  if (pid_ <= 0) return -1;
  kill(pid_, SIGTERM);
  const int code = ExitCode(pid_);
  pid_ = -1;
  return code;
}

ProgramResult RunProgram(const std::vector<std::string>& arguments) {
  ProgramResult result;
  const Child child = Spawn(arguments);
  bool out_open = true;
  bool err_open = true;
  while (out_open || err_open) {
    pollfd waits[2] = {{out_open ? child.out : -1, POLLIN, 0},
                       {err_open ? child.err : -1, POLLIN, 0}};
    poll(waits, 2, -1);
    if (waits[0].revents != 0) out_open = ReadSome(child.out, &result.output);
    if (waits[1].revents != 0) err_open = ReadSome(child.err, &result.errors);
  }
  close(child.out);
  close(child.err);
  result.exit_code = ExitCode(child.pid);
  return result;
}

std::string DaybookdPath() { return std::string(DAYBOOK_BINARY_DIR) + "/services/daybookd"; }
std::string DaybookPath() { return std::string(DAYBOOK_BINARY_DIR) + "/cli/daybook"; }

}  // namespace daybook::testing
