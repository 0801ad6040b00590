#pragma once

// Programs of the project as child processes, for tests that kill them or look at what they print.

#include <sys/types.h>

#include <string>
#include <vector>

namespace daybook::testing {

// A running daybookd on a free port of loopback. Killed with the object.
class DaybookdProcess {
 public:
  // Starts it on `data_dir` and waits until it listens, at most 30 s. `error` is what it printed
  // when it did not. `open_files`: its hard limit on open files, 0: that of this process.
  explicit DaybookdProcess(const std::string& data_dir, const std::vector<std::string>& extra = {},
                           const std::string& listen = "127.0.0.1:0", size_t open_files = 0);
  ~DaybookdProcess();
  DaybookdProcess(const DaybookdProcess&) = delete;
  DaybookdProcess& operator=(const DaybookdProcess&) = delete;

  bool listening() const { return port_ != 0; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  const std::string& error() const { return error_; }
  pid_t pid() const { return pid_; }
  // SIGKILL, and waits for the end.
  void Kill();
  // SIGTERM, and waits; the exit code, or -1 for death by a signal.
  int Terminate();

 private:
  pid_t pid_ = -1;
  int port_ = 0;
  std::string error_;
};

// Runs a program to its end and collects what it prints on both outputs.
struct ProgramResult {
  int exit_code = -1;
  std::string output;  // standard output
  std::string errors;  // standard error
};
ProgramResult RunProgram(const std::vector<std::string>& arguments);

// Paths of the built programs.
std::string DaybookdPath();
std::string DaybookPath();

}  // namespace daybook::testing
