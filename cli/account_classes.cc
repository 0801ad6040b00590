// account classes: how many accounts stand in each class.

#include "absl/strings/str_cat.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/party/v1/account_profile_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::party::v1;

absl::Status Run(App& app, const std::string& as_of) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::CountAccountsByClassRequest request;
  pb::CountAccountsByClassResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, as_of, request.mutable_header()));
  DAYBOOK_RETURN_IF_ERROR(client->Call(
      "daybook.party.v1.AccountProfileService/CountAccountsByClass", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Names names(*client);
  Table table({{"scheme"}, {"class"}, {"accounts", Align::kRight}});
  for (const auto& count : response.classes()) {
    table.Add({names.Title("class_scheme", count.class_scheme_id()), count.account_class(),
               absl::StrCat(count.count())});
  }
  PrintTable(app, table);
  return absl::OkStatus();
}

}  // namespace

void AddAccountClasses(Command& root, App& app) {
  auto as_of = std::make_shared<std::string>();
  Command* verb =
      Noun(root, "account")->AddCommand("classes", "How many accounts stand in each class");
  verb->AddOption("--as-of", as_of.get(), "As it was then: a day, an instant, a position");
  SetAction(verb, app, as_of, &Run);
}

}  // namespace daybook::cli
