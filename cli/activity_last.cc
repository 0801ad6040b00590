// activity last: when an account, a contact or a lead was last spoken to.

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/work/v1/worklist_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::work::v1;

struct Options {
  std::string aggregate;
  std::string id;
  std::string as_of;
};

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const domain::ObjectType* type, FindType(options.aggregate));
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::GetLastContactRequest request;
  pb::GetLastContactResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  DAYBOOK_ASSIGN_OR_RETURN(const std::string id, ResolveByTitle(*client, *type, options.id));
  if (options.aggregate == "account") request.set_account_id(id);
  if (options.aggregate == "contact") request.set_contact_id(id);
  if (options.aggregate == "lead") request.set_lead_id(id);
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.work.v1.WorklistService/GetLastContact", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  const auto at = FromProto(response.last_contact_at());
  const auto on = FromProto(response.last_contact_on());
  const bool ever = response.has_last_contact_at() && at.ok() && on.ok();
  Table table({{"Last contact"}, {"At"}, {"Days since", Align::kRight}, {"Activity"}});
  if (ever) {
    table.Add({FormatDay(*on), FormatInstant(*at), absl::StrCat(response.days_since()),
               response.activity_id()});
  } else {
    table.Add({"never", "", "", ""});
  }
  PrintTable(app, table);
  return absl::OkStatus();
}

}  // namespace

void AddActivityLast(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "activity")->AddCommand("last", "The last call or meeting with somebody");
  verb->AddOption("type", &options->aggregate, "account, contact or lead")
      .Required()
      .OneOf({"account", "contact", "lead"});
  verb->AddOption("id", &options->id, "Its id, or its name if that is unique").Required();
  verb->AddOption("--as-of", &options->as_of, "As it was then: a day, an instant, a position");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
