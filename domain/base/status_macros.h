#pragma once

// As upstream's status macros, which the packaged abseil does not have yet.

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define DAYBOOK_CONCAT_INNER(a, b) a##b
#define DAYBOOK_CONCAT(a, b) DAYBOOK_CONCAT_INNER(a, b)

// Returns from the enclosing function if `expr` (an absl::Status) is not ok.
#define DAYBOOK_RETURN_IF_ERROR(expr)                                 \
  do {                                                                \
    if (absl::Status daybook_status = (expr); !daybook_status.ok()) { \
      return daybook_status;                                          \
    }                                                                 \
  } while (false)

// Declares or assigns `lhs` from the value of `expr` (an absl::StatusOr), or returns its status.
#define DAYBOOK_ASSIGN_OR_RETURN(lhs, expr) \
  DAYBOOK_ASSIGN_OR_RETURN_IMPL(DAYBOOK_CONCAT(daybook_statusor_, __LINE__), lhs, expr)
#define DAYBOOK_ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                                  \
  if (!tmp.ok()) return tmp.status();                 \
  lhs = std::move(tmp).value()
