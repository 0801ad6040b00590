#include <algorithm>

#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/unknown_field_set.h"
#include "services/computed_fields.h"
#include "services/custom_fields.h"
#include "services/listed_fields.h"
#include "services/rpc.h"
#include "services/sealed_cursor.h"

namespace daybook::services {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* Named(const Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  DAYBOOK_CHECK(field != nullptr, "a standard method without a standard field");
  return field;
}

std::string TextOf(const Message& message, const char* name) {
  return message.GetReflection()->GetString(message, Named(message, name));
}

std::vector<std::string> MaskOf(const Message& message) {
  const auto& mask = static_cast<const google::protobuf::FieldMask&>(
      message.GetReflection()->GetMessage(message, Named(message, "field_mask")));
  return {mask.paths().begin(), mask.paths().end()};
}

const domain::ObjectType& TypeOf(const google::protobuf::Descriptor* resource) {
  const domain::ObjectType* type = domain::Registry::Get().FindByDescriptor(resource);
  DAYBOOK_CHECK(type != nullptr, "a standard method of an unknown resource");
  return *type;
}

absl::Status NoSuchType(absl::string_view aggregate) {
  return InvalidField("aggregate", absl::StrCat("there is no record type '", aggregate, "'"));
}

absl::StatusOr<const domain::ObjectType*> Readable(const Query& query,
                                                   absl::string_view aggregate) {
  const domain::ObjectType* type = domain::Registry::Get().Find(aggregate);
  if (type == nullptr) return NoSuchType(aggregate);
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, aggregate));
  return type;
}

absl::Status NoSuchRecord(absl::string_view aggregate, absl::string_view id) {
  absl::Status status =
      Reject(rpc::v1::REASON_NOT_FOUND, absl::StrCat("there is no ", aggregate, " ", id),
             {{"aggregate", aggregate}, {"id", id}});
  rpc::v1::ResourceInfo info;
  info.set_resource_type(std::string(aggregate));
  info.set_resource_name(std::string(id));
  AddErrorDetail(&status, "google.rpc.ResourceInfo", info);
  return status;
}

// A message that nobody here looks into: on the wire it is the field's number and these bytes,
// which is how an unknown field is written. Parsing it only to write the same bytes again is most
// of what an answer costs.
void AddSerialized(const FieldDescriptor* field, std::string bytes, Message* response) {
  *response->GetReflection()->MutableUnknownFields(response)->AddLengthDelimited(field->number()) =
      std::move(bytes);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Message>> ReadRecord(const Query& query, absl::string_view aggregate,
                                                    absl::string_view id,
                                                    const std::vector<std::string>& field_mask) {
  DAYBOOK_ASSIGN_OR_RETURN(const domain::ObjectType* type, Readable(query, aggregate));
  DAYBOOK_ASSIGN_OR_RETURN(auto record, query.snapshot.GetRecord(*type, id));
  if (record == nullptr) return NoSuchRecord(aggregate, id);
  DAYBOOK_RETURN_IF_ERROR(domain::KeepFields(*type, field_mask, record.get()));
  return record;
}

namespace {

// From records to what an answer with this mask shows of them. `already`: computed fields whose
// values they hold.
absl::Status Finish(const Query& query, const ReadType& read,
                    const std::vector<std::string>& field_mask,
                    const std::vector<std::string>& already, absl::Span<Message* const> records) {
  for (Message* record : records) HideRetired(read, record);
  ComputedFields computed(query, read);
  if (computed.Wanted(field_mask)) {
    DAYBOOK_RETURN_IF_ERROR(computed.Fill(field_mask, already, records));
  }
  for (Message* record : records) {
    DAYBOOK_RETURN_IF_ERROR(domain::KeepFields(*read.type, field_mask, record));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReadSerialized(const Query& query, absl::string_view aggregate,
                                           absl::string_view id,
                                           const std::vector<std::string>& field_mask) {
  DAYBOOK_ASSIGN_OR_RETURN(const domain::ObjectType* type, Readable(query, aggregate));
  DAYBOOK_ASSIGN_OR_RETURN(const ReadType read, query.deps.custom_fields.Of(aggregate));
  if (!field_mask.empty() || read.rewrites()) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto record, ReadRecord(query, aggregate, id, {}));
    Message* const only = record.get();
    DAYBOOK_RETURN_IF_ERROR(Finish(query, read, field_mask, {}, {&only, 1}));
    return record->SerializeAsString();
  }
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> record,
                           query.snapshot.GetSerialized(*type, id));
  if (!record.has_value()) return NoSuchRecord(aggregate, id);
  return *std::move(record);
}

QueryCost WeighGet(const Deps& deps, absl::string_view aggregate) {
  const absl::StatusOr<ReadType> read = deps.custom_fields.Of(aggregate);
  return read.ok() && read->computes ? QueryCost::kHeavy : QueryCost::kLight;
}

Reactor* ServeGet(Rpc* rpc, const Deps& deps, const Message& request, Message* response) {
  const auto* resource = response->GetDescriptor()->FindFieldByNumber(2)->message_type();
  return ServeQuery(
      rpc, deps, request, response,
      [&deps, resource] { return WeighGet(deps, TypeOf(resource).aggregate()); },
      [&request, response](const Query& query) -> absl::Status {
        const auto* field = response->GetDescriptor()->FindFieldByNumber(2);
        const domain::ObjectType& type = TypeOf(field->message_type());
        DAYBOOK_ASSIGN_OR_RETURN(
            std::string record,
            ReadSerialized(query, type.aggregate(), TextOf(request, "id"), MaskOf(request)));
        AddSerialized(field, std::move(record), response);
        return absl::OkStatus();
      });
}

namespace {

absl::StatusOr<projections::ListQuery> MakeListQuery(const Deps& deps,
                                                     const ListArguments& arguments) {
  projections::ListQuery list;
  DAYBOOK_ASSIGN_OR_RETURN(const ReadType read, deps.custom_fields.Of(arguments.aggregate));
  if (read.type == nullptr) return NoSuchType(arguments.aggregate);
  list.with_custom = read.type;
  list.type = read.type.get();
  if (arguments.page_size < 0 || arguments.page_size > projections::kPageSizeMax) {
    return InvalidField("page_size", absl::StrCat("must be from 1 to ", projections::kPageSizeMax,
                                                  ", or 0 for ", projections::kPageSizeDefault));
  }
  list.page_size = arguments.page_size == 0 ? projections::kPageSizeDefault : arguments.page_size;
  domain::BindOptions options;
  options.currency = deps.engine.GetSettings().currency;
  options.computed = true;
  DAYBOOK_ASSIGN_OR_RETURN(list.filter, domain::ParseFilter(*list.type, arguments.filter, options));
  DAYBOOK_ASSIGN_OR_RETURN(list.order, domain::ParseOrder(*list.type, arguments.order_by, options));
  list.page_token = std::string(arguments.page_token);
  list.question = std::string(arguments.question);
  list.serialized = arguments.field_mask.empty() && !read.rewrites();
  return list;
}

bool UsesComputed(const projections::ListQuery& list) {
  return domain::UsesComputed(list.filter) ||
         std::any_of(list.order.begin(), list.order.end(),
                     [](const domain::OrderKey& key) { return key.field->computed; });
}

// The same for a page, as of its position.
absl::Status FinishPage(const Query& query, const ReadType& read,
                        const std::vector<std::string>& field_mask,
                        const std::vector<std::string>& already, projections::ListPage* page) {
  std::unique_ptr<projections::Snapshot> then;
  if (read.computes && page->position != query.snapshot.position()) {
    DAYBOOK_ASSIGN_OR_RETURN(then, query.deps.views.AsOf(page->position));
  }
  const Query at{then == nullptr ? query.snapshot : *then, query.principal, query.deps,
                 query.stands_at};
  std::vector<Message*> records;
  for (const auto& record : page->records) records.push_back(record.get());
  DAYBOOK_RETURN_IF_ERROR(Finish(at, read, field_mask, already, records));
  for (const Message* record : records) page->serialized.push_back(record->SerializeAsString());
  page->records.clear();
  return absl::OkStatus();
}

absl::StatusOr<projections::ListPage> ReadPlanned(const Query& query,
                                                  const projections::ListQuery& list,
                                                  const std::vector<std::string>& field_mask) {
  if (!UsesComputed(list)) {
    DAYBOOK_ASSIGN_OR_RETURN(auto page, query.snapshot.List(list));
    query.stands_at = {page.position, page.recorded_at};
    if (page.records.empty()) return page;
    DAYBOOK_ASSIGN_OR_RETURN(const ReadType read,
                             query.deps.custom_fields.Of(list.type->aggregate()));
    DAYBOOK_RETURN_IF_ERROR(FinishPage(query, read, field_mask, {}, &page));
    return page;
  }
  DAYBOOK_ASSIGN_OR_RETURN(const ReadType read,
                           query.deps.custom_fields.Of(list.type->aggregate()));
  DAYBOOK_ASSIGN_OR_RETURN(const auto listed,
                           ListedFields::Make(query, read, list.filter, list.order,
                                              query.snapshot.is_past() ? ListedBy::kListOfThePast
                                                                       : ListedBy::kListOfNow));
  projections::ListQuery computing = list;
  computing.computed = listed.get();
  DAYBOOK_ASSIGN_OR_RETURN(auto page, query.snapshot.List(computing));
  query.stands_at = {page.position, page.recorded_at};
  DAYBOOK_RETURN_IF_ERROR(FinishPage(query, read, field_mask, listed->paths(), &page));
  return page;
}

// A standard list on its way from its arrival to its answer.
class StandardList {
 public:
  StandardList(const Deps& deps, const Message& request, Message* response)
      : deps_(deps),
        request_(request),
        response_(response),
        field_(response->GetDescriptor()->FindFieldByNumber(2)),
        type_(TypeOf(field_->message_type())) {}

  // Short lists of the present cost little more than a record.
  QueryCost Weigh() {
    query_ = Parse();
    // To refuse it; or a custom field was defined a moment ago, which Answer will see.
    if (!query_.ok()) return QueryCost::kLight;
    const absl::StatusOr<bool> is_short = projections::PlanList(&*query_);
    if (!is_short.ok()) query_ = is_short.status();
    const bool past = Header().as_of_case() != rpc::v1::ReadHeader::AS_OF_NOT_SET;
    const bool light = is_short.value_or(true) && !past && (!query_.ok() || query_->serialized);
    return light ? QueryCost::kLight : QueryCost::kHeavy;
  }

  absl::Status Answer(const Query& query) {
    DAYBOOK_RETURN_IF_ERROR(deps_.access.CheckRead(query.principal, type_.aggregate()));
    // What was waited for may have defined a field.
    if (Header().min_position() > 0) query_ = Parse();
    DAYBOOK_RETURN_IF_ERROR(query_.status());
    query_->question = PageQuestion(query, request_);
    DAYBOOK_ASSIGN_OR_RETURN(auto page, ReadPlanned(query, *query_, mask_));
    for (std::string& record : page.serialized) AddSerialized(field_, std::move(record), response_);
    response_->GetReflection()->SetString(response_, Named(*response_, "next_page_token"),
                                          page.next_page_token);
    return absl::OkStatus();
  }

 private:
  const rpc::v1::ReadHeader& Header() const {
    return static_cast<const rpc::v1::ReadHeader&>(
        request_.GetReflection()->GetMessage(request_, Named(request_, "header")));
  }

  absl::StatusOr<projections::ListQuery> Parse() {
    const std::string filter = TextOf(request_, "filter");
    const std::string order_by = TextOf(request_, "order_by");
    const std::string page_token = TextOf(request_, "page_token");
    ListArguments arguments;
    arguments.aggregate = type_.aggregate();
    arguments.filter = filter;
    arguments.order_by = order_by;
    arguments.page_token = page_token;
    arguments.page_size =
        request_.GetReflection()->GetInt32(request_, Named(request_, "page_size"));
    arguments.field_mask = mask_ = MaskOf(request_);
    return MakeListQuery(deps_, arguments);
  }

  const Deps& deps_;
  const Message& request_;
  Message* response_;
  const FieldDescriptor* field_;
  const domain::ObjectType& type_;
  std::vector<std::string> mask_;
  absl::StatusOr<projections::ListQuery> query_ = absl::UnknownError("not parsed");
};

}  // namespace

absl::StatusOr<projections::ListPage> ReadList(const Query& query, const ListArguments& arguments) {
  DAYBOOK_RETURN_IF_ERROR(Readable(query, arguments.aggregate).status());
  DAYBOOK_ASSIGN_OR_RETURN(const auto list, MakeListQuery(query.deps, arguments));
  return ReadPlanned(query, list, arguments.field_mask);
}

Reactor* ServeList(Rpc* rpc, const Deps& deps, const Message& request, Message* response) {
  auto list = std::make_shared<StandardList>(deps, request, response);
  return ServeQuery(
      rpc, deps, request, response, [list] { return list->Weigh(); },
      [list](const Query& query) { return list->Answer(query); });
}

}  // namespace daybook::services
