#pragma once

// What the operating system knows of this process and of files.

#include <cstdint>
#include <string>

namespace daybook::bench {

// The highest resident size since the last reset, in bytes; 0 where it cannot be read.
uint64_t PeakResidentBytes();
void ResetPeakResident();

// Processor time that all threads of this process have used.
double ProcessorSeconds();

// Sum of the sizes of all files under `path`.
uint64_t BytesUnder(const std::string& path);

// A directory of its own under `parent`, removed with the object.
class ScratchDirectory {
 public:
  explicit ScratchDirectory(const std::string& parent);
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Ends the process with a message: a figure of a run that went wrong is worth nothing.
[[noreturn]] void Die(const std::string& message);

}  // namespace daybook::bench
