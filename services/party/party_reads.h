#pragma once

// What the queries about accounts and contacts share: the day a question is about, typed records,
// names.

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "daybook/party/v1/contact.pb.h"
#include "daybook/type/v1/date.pb.h"
#include "domain/base/status_macros.h"
#include "services/rpc.h"

namespace daybook::services {

// The day of a request, or today in the zone of the organisation. INVALID_ARGUMENT for a day that
// does not exist.
absl::StatusOr<absl::CivilDay> DayOrToday(const Query& query, bool has_day,
                                          const type::v1::Date& day);

// A record, or NOT_FOUND.
template <class Record>
absl::StatusOr<Record> ReadAs(const Query& query, absl::string_view aggregate,
                              absl::string_view id) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto record, ReadRecord(query, aggregate, id, {}));
  return static_cast<const Record&>(*record);
}

// Many records of one aggregate by id; ids that are not there are left out.
template <class Record>
absl::StatusOr<std::map<std::string, Record>> ReadMany(const Query& query,
                                                       absl::string_view aggregate,
                                                       const std::vector<std::string>& ids) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, aggregate));
  DAYBOOK_ASSIGN_OR_RETURN(
      const auto records, query.snapshot.GetRecords(*domain::Registry::Get().Find(aggregate), ids));
  std::map<std::string, Record> found;
  for (const auto& record : records) {
    if (record == nullptr) continue;
    const auto& typed = static_cast<const Record&>(*record);
    found.emplace(typed.id(), typed);
  }
  return found;
}

// "Ada Lovelace".
std::string NameOf(const party::v1::Contact& contact);

}  // namespace daybook::services
