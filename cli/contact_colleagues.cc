// contact colleagues: who worked at the same accounts at the same time.

#include "cli/chart.h"
#include "cli/command_line.h"
#include "cli/pages.h"
#include "cli/records.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/party/v1/relation_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::party::v1;

absl::Status Run(App& app, const ChartOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::ListFormerColleaguesRequest request;
  pb::ListFormerColleaguesResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  DAYBOOK_ASSIGN_OR_RETURN(const Found contact, FindSubject(*client, {"contact"}, options.subject));
  request.set_contact_id(contact.id);
  DAYBOOK_RETURN_IF_ERROR(CallPages(
      *client, "daybook.party.v1.RelationService/ListFormerColleagues", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Table table({{"contact"}, {"account"}, {"from"}, {"until"}});
  for (const auto& colleague : response.colleagues()) {
    table.Add({colleague.name(), colleague.account_name(),
               DayText(colleague.has_overlap_from(), colleague.overlap_from()),
               DayText(colleague.has_overlap_until(), colleague.overlap_until())});
  }
  PrintTable(app, table);
  return absl::OkStatus();
}

}  // namespace

void AddContactColleagues(Command& root, App& app) {
  auto options = std::make_shared<ChartOptions>();
  Command* verb = Noun(root, "contact")
                      ->AddCommand("colleagues",
                                   "Who worked at the same accounts at the same time as a contact");
  verb->AddOption("contact", &options->subject, "Family name or id").Required();
  verb->AddOption("--as-of", &options->as_of,
                  "As it was known then: a day, an instant, a position");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
