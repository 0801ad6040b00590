// account classes: how many accounts stand in each class.

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "cli/records.h"
#include "cli/table.h"
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

void AddAccountClasses(CLI::App& root, App& app) {
  auto as_of = std::make_shared<std::string>();
  CLI::App* verb =
      Noun(root, "account")->add_subcommand("classes", "How many accounts stand in each class");
  verb->add_option("--as-of", *as_of, "As it was then: a day, an instant, a position");
  verb->callback([as_of, &app] { app.action = [as_of, &app] { return Run(app, *as_of); }; });
}

}  // namespace daybook::cli
