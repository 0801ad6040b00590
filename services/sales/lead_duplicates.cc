// What a lead may be a duplicate of (F-079). A customer may enquire again, so nothing is refused
// for it: whoever captures or works a lead is shown the candidates.

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/record/contact_data.h"
#include "domain/record/suppression.h"
#include "services/sales/lead_care.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;

// Looks for one value in one kind of record.
class Search {
 public:
  Search(const Query& query, std::string own_id, pb::FindLeadDuplicatesResponse* response)
      : query_(query), own_id_(std::move(own_id)), response_(response) {}

  absl::Status Find(const char* aggregate, const char* field, const char* key,
                    const std::string& value) {
    if (value.empty()) return absl::OkStatus();
    DAYBOOK_RETURN_IF_ERROR(query_.deps.access.CheckRead(query_.principal, aggregate));
    projections::ListQuery list;
    list.type = domain::Registry::Get().Find(aggregate);
    list.page_size = kLeadDuplicatesMax;
    RecordFilter filter(*list.type, "");
    // As it was written, and in small letters.
    DAYBOOK_RETURN_IF_ERROR(filter.Add(absl::StrCat(field, " = ", QuotedText(value), " OR ", field,
                                                    " = ", QuotedText(domain::EmailKey(value)))));
    DAYBOOK_RETURN_IF_ERROR(filter.LeaveOutArchived());
    list.filter = filter.filter();
    DAYBOOK_ASSIGN_OR_RETURN(const auto page, query_.snapshot.List(list));
    const domain::Field& id = *list.type->Find("id");
    const domain::Field& title = *list.type->Find(list.type->title());
    for (const auto& record : page.records) {
      pb::LeadDuplicate duplicate;
      duplicate.set_id(domain::FormatValue(*record, id));
      if (duplicate.id() == own_id_) continue;
      duplicate.set_aggregate(aggregate);
      duplicate.set_title(domain::FormatValue(*record, title));
      duplicate.set_key(key);
      *response_->add_duplicates() = std::move(duplicate);
    }
    return absl::OkStatus();
  }

 private:
  const Query& query_;
  const std::string own_id_;
  pb::FindLeadDuplicatesResponse* response_;
};

}  // namespace

absl::Status ReadLeadDuplicates(const Query& query, const pb::FindLeadDuplicatesRequest& request,
                                pb::FindLeadDuplicatesResponse* response) {
  pb::FindLeadDuplicatesRequest asked = request;
  if (!request.lead_id().empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto record, ReadRecord(query, "lead", request.lead_id(), {}));
    const auto& lead = static_cast<const pb::Lead&>(*record);
    asked.set_email(lead.email());
    asked.set_company(lead.company());
    asked.set_website(lead.website());
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::string host,
                           domain::NormaliseDomain("website", asked.website()));
  Search search(query, request.lead_id(), response);
  DAYBOOK_RETURN_IF_ERROR(search.Find("lead", "email", "email", asked.email()));
  DAYBOOK_RETURN_IF_ERROR(search.Find("lead", "company", "company", asked.company()));
  DAYBOOK_RETURN_IF_ERROR(search.Find("contact", "email", "email", asked.email()));
  DAYBOOK_RETURN_IF_ERROR(search.Find("account", "name", "company", asked.company()));
  return search.Find("account", "domain", "domain", host);
}

}  // namespace daybook::services
