#include "services/record_filters.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"

namespace daybook::services {

std::string QuotedText(absl::string_view text) {
  // A star at either end would stand for anything.
  return absl::StrCat(
      "\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}, {"*", "\\*"}}), "\"");
}

RecordFilter::RecordFilter(const domain::ObjectType& type, std::string currency) : type_(type) {
  options_.currency = std::move(currency);
}

absl::Status RecordFilter::Add(absl::string_view text) {
  DAYBOOK_ASSIGN_OR_RETURN(domain::BoundFilter part, domain::ParseFilter(type_, text, options_));
  all_.children.push_back(std::move(part));
  return absl::OkStatus();
}

absl::Status RecordFilter::AddPeriod(absl::string_view field, absl::CivilDay from,
                                     absl::CivilDay until, absl::TimeZone zone) {
  const bool instant = type_.Find(field)->kind == domain::FieldKind::kInstant;
  const auto text = [&](absl::CivilDay day) {
    return instant ? FormatInstant(StartOfDay(day, zone)) : FormatDay(day);
  };
  return Add(absl::StrCat(field, " >= ", text(from), " AND ", field, " < ", text(until)));
}

absl::Status RecordFilter::LeaveOutArchived() {
  return type_.Find("archived") == nullptr ? absl::OkStatus() : Add("archived = false");
}

absl::StatusOr<std::optional<DayPeriod>> OptionalPeriod(bool has_from, const type::v1::Date& from,
                                                        bool has_until, const type::v1::Date& until,
                                                        int days_max) {
  if (!has_from && !has_until) return std::nullopt;
  if (!has_from) return InvalidField("period_from", "is needed with period_until");
  if (!has_until) return InvalidField("period_until", "is needed with period_from");
  const auto first = FromProto(from);
  if (!first.ok()) return InvalidField("period_from", first.status().message());
  const auto end = FromProto(until);
  if (!end.ok()) return InvalidField("period_until", end.status().message());
  if (*first >= *end) return InvalidField("period_until", "must be after period_from");
  if (*end - *first > days_max) {
    return InvalidField("period_until", absl::StrCat("a period has at most ", days_max, " days"));
  }
  return DayPeriod{*first, *end};
}

}  // namespace daybook::services
