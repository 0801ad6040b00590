#include "cli/records.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "daybook/log/v1/log_service.pb.h"
#include "daybook/record/v1/record_service.pb.h"
#include "domain/base/clock.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/base/uuid.h"
#include "domain/fields/custom.h"
#include "domain/record/custom_values.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::record::v1;
using domain::ObjectType;
using google::protobuf::Message;

// Enough to say that a name is not unique, and to list whom it may mean.
constexpr int kCandidatesMax = 5;

}  // namespace

absl::StatusOr<const ObjectType*> FindType(absl::string_view aggregate) {
  const auto& registry = domain::Registry::Get();
  const ObjectType* type = registry.Find(aggregate);
  if (type != nullptr) return type;
  std::vector<std::string> names;
  for (const auto& known : registry.types()) names.push_back(known.aggregate());
  return absl::InvalidArgumentError(absl::StrCat("there is no type of record named \"", aggregate,
                                                 "\"; there are ", absl::StrJoin(names, ", ")));
}

absl::StatusOr<setup::v1::FieldCatalog> FetchCatalog(Client& client, absl::string_view aggregate) {
  setup::v1::FieldCatalog catalog;
  pb::GetRecordRequest request;
  pb::GetRecordResponse response;
  request.set_aggregate("field_catalog");
  request.set_id(domain::FieldCatalogId(aggregate));
  const absl::Status status =
      client.Call("daybook.record.v1.RecordService/GetRecord", request, &response);
  if (absl::IsNotFound(status)) return catalog;
  DAYBOOK_RETURN_IF_ERROR(status);
  if (!catalog.ParseFromString(response.record())) {
    return absl::DataLossError("the server's answer is no field catalog");
  }
  return catalog;
}

absl::StatusOr<std::shared_ptr<const ObjectType>> FetchType(Client& client,
                                                            absl::string_view aggregate) {
  DAYBOOK_ASSIGN_OR_RETURN(const ObjectType* native, FindType(aggregate));
  const std::shared_ptr<const ObjectType> bare(native, [](const ObjectType*) {});
  if (!native->takes_custom()) return bare;
  DAYBOOK_ASSIGN_OR_RETURN(const auto catalog, FetchCatalog(client, aggregate));
  if (catalog.fields().empty()) return bare;
  return std::make_shared<const ObjectType>(domain::WithCustomFields(*native, catalog));
}

absl::StatusOr<std::unique_ptr<Message>> ParseRecord(const ObjectType& type,
                                                     const std::string& bytes) {
  std::unique_ptr<Message> record(google::protobuf::MessageFactory::generated_factory()
                                      ->GetPrototype(type.descriptor())
                                      ->New());
  if (!record->ParseFromString(bytes)) {
    return absl::DataLossError(absl::StrCat("the server's answer is no ", type.aggregate()));
  }
  return record;
}

absl::Status SetAsOf(App& app, absl::string_view text, rpc::v1::ReadHeader* header) {
  if (text.empty()) return absl::OkStatus();
  uint64_t position = 0;
  if (absl::SimpleAtoi(text, &position)) {
    header->set_as_of_position(position);
    return absl::OkStatus();
  }
  if (const auto day = ParseDay(text); day.ok()) {
    DAYBOOK_ASSIGN_OR_RETURN(const absl::TimeZone zone, app.Zone());
    // The end of today is in the future; what stands now is what is meant.
    if (*day == absl::ToCivilDay(absl::Now(), zone)) return absl::OkStatus();
    *header->mutable_as_of_time() = ToProto(EndOfDay(*day, zone));
    return absl::OkStatus();
  }
  const auto instant = ParseInstant(text);
  if (!instant.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--as-of ", text,
        ": give a day (2017-06-30: its end in the organisation's time zone), an instant "
        "(2017-06-30T12:00:00Z) or a position of the log"));
  }
  *header->mutable_as_of_time() = ToProto(*instant);
  return absl::OkStatus();
}

std::string DescribeRead(const rpc::v1::ReadPosition& read) {
  std::string out = absl::StrCat("read at position ", read.position());
  if (read.has_recorded_at()) {
    const auto time = FromProto(read.recorded_at());
    if (time.ok()) absl::StrAppend(&out, ", recorded ", FormatInstant(*time));
  }
  return out;
}

void SetNewHeader(rpc::v1::CommandHeader* header) {
  SystemRandom random;
  header->set_request_id(random.NewUuid(absl::Now()).ToString());
}

absl::Status ReadLatest(Client& client, rpc::v1::ReadHeader* header) {
  log::v1::GetHeadResponse head;
  DAYBOOK_RETURN_IF_ERROR(
      client.Call("daybook.log.v1.LogService/GetHead", log::v1::GetHeadRequest(), &head));
  header->set_min_position(head.read().position());
  return absl::OkStatus();
}

std::string FilterLiteral(absl::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '*') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
  return out;
}

absl::StatusOr<std::string> ResolveByTitle(Client& client, const ObjectType& type,
                                           absl::string_view title_or_id) {
  if (Uuid::Parse(title_or_id).ok()) return std::string(title_or_id);
  pb::ListRecordsRequest request;
  pb::ListRecordsResponse response;
  request.set_aggregate(type.aggregate());
  request.set_filter(absl::StrCat(type.title(), " = ", FilterLiteral(title_or_id)));
  request.set_page_size(kCandidatesMax);
  DAYBOOK_RETURN_IF_ERROR(
      client.Call("daybook.record.v1.RecordService/ListRecords", request, &response));
  if (response.records_size() == 0) {
    return absl::NotFoundError(absl::StrCat("there is no ", type.aggregate(), " named \"",
                                            title_or_id, "\" (daybook record list ",
                                            type.aggregate(), ")"));
  }
  std::vector<std::string> ids;
  for (const auto& bytes : response.records()) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto record, ParseRecord(type, bytes));
    ids.push_back(domain::GetValue(*record, *type.Find("id")).text);
  }
  if (ids.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat("\"", title_or_id,
                                                   "\" names several records of ", type.aggregate(),
                                                   "; use an id: ", absl::StrJoin(ids, ", ")));
  }
  return ids.front();
}

absl::StatusOr<std::string> ResolveUser(Client& client, absl::string_view name_or_id) {
  DAYBOOK_ASSIGN_OR_RETURN(const ObjectType* type, FindType("user"));
  return ResolveByTitle(client, *type, name_or_id);
}

absl::StatusOr<std::string> Names::Load(absl::string_view aggregate, const std::string& id) {
  DAYBOOK_ASSIGN_OR_RETURN(const ObjectType* type, FindType(aggregate));
  pb::GetRecordRequest request;
  pb::GetRecordResponse response;
  request.set_aggregate(std::string(aggregate));
  request.set_id(id);
  request.mutable_field_mask()->add_paths(type->title());
  DAYBOOK_RETURN_IF_ERROR(
      client_.Call("daybook.record.v1.RecordService/GetRecord", request, &response));
  DAYBOOK_ASSIGN_OR_RETURN(const auto record, ParseRecord(*type, response.record()));
  const domain::Field* title = type->Find(type->title());
  if (title == nullptr) return absl::NotFoundError("no title");
  return domain::FormatValue(*record, *title);
}

std::string Names::Title(absl::string_view aggregate, const std::string& id) {
  if (id.empty()) return "";
  const auto key = std::make_pair(std::string(aggregate), id);
  const auto known = titles_.find(key);
  if (known != titles_.end()) return known->second;
  const auto loaded = Load(aggregate, id);
  return titles_[key] = loaded.ok() && !loaded->empty() ? *loaded : id;
}

std::string Names::Actor(const std::string& id) {
  // What Daybook did by itself has no actor.
  if (const auto uuid = Uuid::Parse(id); !uuid.ok() || uuid->is_nil()) return "daybook";
  const std::string user = Title("user", id);
  return user == id ? Title("api_key", id) : user;
}

std::string ShowField(const Message& record, const domain::Field& field, Names& names) {
  if (field.computed) {
    const auto* value = domain::FindCustomValue(domain::CustomValuesIn(record), field.custom);
    if (value != nullptr && value->has_unavailable()) {
      return absl::StrCat("(", value->unavailable(), ")");
    }
  }
  if (field.lookup.empty() || field.repeated) return domain::FormatValue(record, field);
  return names.Title(field.lookup, domain::GetValue(record, field).text);
}

}  // namespace daybook::cli
