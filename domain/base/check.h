#pragma once

// Checks for what cannot be wrong unless Daybook is. Expected errors are absl::Status; history and
// input never reach a check. A failed check prints file, line and condition and aborts, in release
// builds too.

#include "absl/strings/string_view.h"

namespace daybook {

[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              absl::string_view message);

}  // namespace daybook

#define DAYBOOK_CHECK(condition, message)                              \
  do {                                                                 \
    if (!(condition)) [[unlikely]] {                                   \
      ::daybook::CheckFailed(__FILE__, __LINE__, #condition, message); \
    }                                                                  \
  } while (false)
