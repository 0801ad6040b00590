#pragma once

// When an invoice falls due. Pure functions of the terms and the day of the invoice; whoever stores
// a due date stores the number of the rules with it, so that a change of the rules changes nothing
// that was decided.

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "daybook/party/v1/account_terms.pb.h"

namespace daybook::domain {

// Raise it with every change of DueParts.
inline constexpr uint32_t kDueDateRules = 1;
inline constexpr int kPaymentDaysMax = 365;
inline constexpr int kInstalmentsMin = 2;
inline constexpr int kInstalmentsMax = 24;

// INVALID_FIELD: no kind, days out of range, words of another kind, instalments that are not in
// order of days or not 100 % together. LIMIT_EXCEEDED: too many instalments.
absl::Status CheckPaymentTerms(absl::string_view field, const party::v1::PaymentTerms& terms);

// Writes 0 where terms of this kind say no days: they fall due without any. Terms from before
// numbers had presence are read so too. REQUIRES: the terms pass CheckPaymentTerms.
void FillPaymentTerms(party::v1::PaymentTerms* terms);

struct DuePart {
  absl::CivilDay due;
  int64_t share = 0;  // scaled by 10^9

  friend bool operator==(const DuePart&, const DuePart&) = default;
};

// In order of days; the shares are 10^9 together. REQUIRES: the terms pass CheckPaymentTerms.
//   NET 30, 15 Jan 2026               -> 14 Feb 2026
//   30 days, end of month, 15 Jan 2026 -> 14 Feb 2026 -> 28 Feb 2026
//   30 days, then the 10th, 15 Jan 2026 -> 14 Feb 2026 -> 10 Mar 2026
std::vector<DuePart> DueParts(const party::v1::PaymentTerms& terms, absl::CivilDay invoiced);

}  // namespace daybook::domain
