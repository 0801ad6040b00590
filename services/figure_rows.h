#pragma once

// The bound of answers that are figures in rows, which are read as a whole and come without pages.

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "services/rpc.h"

namespace daybook::services {

// LIMIT_EXCEEDED beyond AnswerLimits::figure_rows.
inline absl::Status CheckFigureRows(const Query& query, size_t rows) {
  const size_t most = query.deps.limits.figure_rows;
  if (rows <= most) return absl::OkStatus();
  return Reject(rpc::v1::REASON_LIMIT_EXCEEDED,
                absl::StrCat("the answer has more than ", most,
                             " rows; narrow the question by a period, an owner or a process"),
                {{"limit", "figure_rows"}, {"value", absl::StrCat(most)}});
}

}  // namespace daybook::services
