#include "domain/party/payment_terms.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/record/presence.h"
#include "domain/record/rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::party::v1;

absl::CivilDay LastOfMonth(absl::CivilMonth month) { return absl::CivilDay(month + 1) - 1; }

absl::CivilDay DayOfMonthFrom(absl::CivilDay day, int day_of_month) {
  const auto in = [&](absl::CivilMonth month) {
    return std::min(absl::CivilDay(month) + (day_of_month - 1), LastOfMonth(month));
  };
  const absl::CivilMonth month(day);
  const absl::CivilDay due = in(month);
  return due >= day ? due : in(month + 1);
}

absl::Status CheckDays(absl::string_view field, int days) {
  if (days >= 0 && days <= kPaymentDaysMax) return absl::OkStatus();
  return InvalidField(field, absl::StrCat(days, " is not between 0 and ", kPaymentDaysMax));
}

absl::Status CheckInstalments(absl::string_view field, const pb::PaymentTerms& terms) {
  const std::string list = absl::StrCat(field, ".instalments");
  if (terms.instalments_size() > kInstalmentsMax) {
    return LimitExceeded(list, kInstalmentsMax, terms.instalments_size());
  }
  if (terms.instalments_size() < kInstalmentsMin) {
    return InvalidField(list, absl::StrCat("needs at least ", kInstalmentsMin, " instalments"));
  }
  int64_t sum = 0;
  int before = -1;
  for (int i = 0; i < terms.instalments_size(); ++i) {
    const pb::PaymentInstalment& part = terms.instalments(i);
    const std::string at = absl::StrCat(list, "[", i, "]");
    if (part.share() <= 0 || part.share() >= kNano) {
      return InvalidField(absl::StrCat(at, ".share"),
                          absl::StrCat(part.share(), " is not above 0 and below ", kNano));
    }
    DAYBOOK_RETURN_IF_ERROR(CheckDays(absl::StrCat(at, ".days"), part.days()));
    if (part.days() <= before) {
      return InvalidField(absl::StrCat(at, ".days"), "must be more than that of the one before");
    }
    before = part.days();
    sum += part.share();
  }
  if (sum != kNano) {
    return InvalidField(list,
                        absl::StrCat("the shares add up to ", sum, ", not to ", kNano, " (100 %)"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckPaymentTerms(absl::string_view field, const pb::PaymentTerms& terms) {
  const bool by_day = terms.kind() == pb::PAYMENT_TERMS_KIND_DAY_OF_MONTH;
  if (terms.day_of_month() != 0 && !by_day) {
    return InvalidField(absl::StrCat(field, ".day_of_month"), "belongs to DAY_OF_MONTH only");
  }
  if (!terms.instalments().empty() && terms.kind() != pb::PAYMENT_TERMS_KIND_INSTALMENTS) {
    return InvalidField(absl::StrCat(field, ".instalments"), "belong to INSTALMENTS only");
  }
  switch (terms.kind()) {
    case pb::PAYMENT_TERMS_KIND_NET:
    case pb::PAYMENT_TERMS_KIND_END_OF_MONTH:
      return CheckDays(absl::StrCat(field, ".days"), terms.days());
    case pb::PAYMENT_TERMS_KIND_DAY_OF_MONTH:
      DAYBOOK_RETURN_IF_ERROR(CheckDays(absl::StrCat(field, ".days"), terms.days()));
      if (terms.day_of_month() >= 1 && terms.day_of_month() <= 31) return absl::OkStatus();
      return InvalidField(absl::StrCat(field, ".day_of_month"),
                          absl::StrCat(terms.day_of_month(), " is not between 1 and 31"));
    case pb::PAYMENT_TERMS_KIND_INSTALMENTS:
      if (terms.days() != 0) {
        return InvalidField(absl::StrCat(field, ".days"), "each instalment has its own");
      }
      return CheckInstalments(field, terms);
    case pb::PAYMENT_TERMS_KIND_UNSPECIFIED:
    case pb::PaymentTermsKind_INT_MIN_SENTINEL_DO_NOT_USE_:
    case pb::PaymentTermsKind_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return InvalidField(absl::StrCat(field, ".kind"), "is required");
}

void FillPaymentTerms(pb::PaymentTerms* terms) {
  switch (terms->kind()) {
    case pb::PAYMENT_TERMS_KIND_NET:
    case pb::PAYMENT_TERMS_KIND_END_OF_MONTH:
    case pb::PAYMENT_TERMS_KIND_DAY_OF_MONTH:
      DAYBOOK_ZERO_IF_ABSENT(days, terms);
      return;
    case pb::PAYMENT_TERMS_KIND_INSTALMENTS:
      for (auto& part : *terms->mutable_instalments()) DAYBOOK_ZERO_IF_ABSENT(days, &part);
      return;
    case pb::PAYMENT_TERMS_KIND_UNSPECIFIED:
    case pb::PaymentTermsKind_INT_MIN_SENTINEL_DO_NOT_USE_:
    case pb::PaymentTermsKind_INT_MAX_SENTINEL_DO_NOT_USE_:
      return;
  }
}

std::vector<DuePart> DueParts(const pb::PaymentTerms& terms, absl::CivilDay invoiced) {
  const absl::CivilDay day = invoiced + terms.days();
  switch (terms.kind()) {
    case pb::PAYMENT_TERMS_KIND_NET:
      return {{day, kNano}};
    case pb::PAYMENT_TERMS_KIND_END_OF_MONTH:
      return {{LastOfMonth(absl::CivilMonth(day)), kNano}};
    case pb::PAYMENT_TERMS_KIND_DAY_OF_MONTH:
      return {{DayOfMonthFrom(day, terms.day_of_month()), kNano}};
    case pb::PAYMENT_TERMS_KIND_INSTALMENTS: {
      std::vector<DuePart> parts;
      for (const auto& part : terms.instalments()) {
        parts.push_back({invoiced + part.days(), part.share()});
      }
      return parts;
    }
    case pb::PAYMENT_TERMS_KIND_UNSPECIFIED:
    case pb::PaymentTermsKind_INT_MIN_SENTINEL_DO_NOT_USE_:
    case pb::PaymentTermsKind_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return {};
}

}  // namespace daybook::domain
