#include "services/party/party_reads.h"

#include "absl/strings/str_cat.h"
#include "domain/base/time.h"

namespace daybook::services {

absl::StatusOr<absl::CivilDay> DayOrToday(const Query& query, bool has_day,
                                          const type::v1::Date& day) {
  if (has_day) return FromProto(day);
  return absl::ToCivilDay(query.deps.clock.Now(), query.deps.engine.GetSettings().zone);
}

std::string NameOf(const party::v1::Contact& contact) {
  const bool both = !contact.given_name().empty() && !contact.family_name().empty();
  return absl::StrCat(contact.given_name(), both ? " " : "", contact.family_name());
}

}  // namespace daybook::services
