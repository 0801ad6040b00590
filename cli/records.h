#pragma once

// What verbs need to know about records: parsing answers of RecordService, names instead of ids,
// moments of the past.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/app.h"
#include "daybook/rpc/v1/headers.pb.h"
#include "daybook/setup/v1/field_catalog.pb.h"
#include "domain/fields/registry.h"
#include "google/protobuf/message.h"

namespace daybook::cli {

// The type of an aggregate, or an error that lists all aggregates.
absl::StatusOr<const domain::ObjectType*> FindType(absl::string_view aggregate);

// The same with its custom fields, as the server has them now.
absl::StatusOr<std::shared_ptr<const domain::ObjectType>> FetchType(Client& client,
                                                                    absl::string_view aggregate);
// The catalog of a record type's custom fields; empty when there is none.
absl::StatusOr<setup::v1::FieldCatalog> FetchCatalog(Client& client, absl::string_view aggregate);

// A resource from its bytes. DATA_LOSS when they are not of that type.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> ParseRecord(
    const domain::ObjectType& type, const std::string& bytes);

// Fills `header` from --as-of: a day (its end in the organisation's zone), an instant (RFC 3339) or
// a position. Empty text and today leave it alone. INVALID_ARGUMENT for anything else.
absl::Status SetAsOf(App& app, absl::string_view text, rpc::v1::ReadHeader* header);

// "read as of 2017-06-30T23:59:59Z, position 1234".
std::string DescribeRead(const rpc::v1::ReadPosition& read);

// The id of the user with this name (or this id). NOT_FOUND and INVALID_ARGUMENT (several) name
// what to do.
absl::StatusOr<std::string> ResolveUser(Client& client, absl::string_view name_or_id);
// The same for any aggregate, by its title field.
absl::StatusOr<std::string> ResolveByTitle(Client& client, const domain::ObjectType& type,
                                           absl::string_view title_or_id);

// A header of a command, with a request id of its own.
void SetNewHeader(rpc::v1::CommandHeader* header);

// The query waits until the views have all that is in the log now, so that it sees what commands
// before it did.
absl::Status ReadLatest(Client& client, rpc::v1::ReadHeader* header);

// A text as a literal of a filter.
std::string FilterLiteral(absl::string_view text);

// Titles of records, each asked for once. Falls back to the id when a record cannot be read.
class Names {
 public:
  explicit Names(Client& client) : client_(client) {}
  std::string Title(absl::string_view aggregate, const std::string& id);
  // Of a user or, failing that, an API key: who did something.
  std::string Actor(const std::string& id);

 private:
  absl::StatusOr<std::string> Load(absl::string_view aggregate, const std::string& id);

  Client& client_;
  std::map<std::pair<std::string, std::string>, std::string> titles_;
};

// A field as a table shows it: references by title.
std::string ShowField(const google::protobuf::Message& record, const domain::Field& field,
                      Names& names);

}  // namespace daybook::cli
