// lead stays: the states one lead went through, and whose it was.

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/pages.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/sales/v1/lead_board_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/fields/registry.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

struct Options {
  std::string lead;
  std::string as_of;
};

std::string Show(const google::protobuf::Timestamp& timestamp) {
  const auto time = FromProto(timestamp);
  return time.ok() ? FormatInstant(*time) : "";
}

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::ListLeadStaysRequest request;
  pb::ListLeadStaysResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType("lead"));
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_lead_id(),
                           ResolveByTitle(*client, *type, options.lead));
  DAYBOOK_RETURN_IF_ERROR(
      CallPages(*client, "daybook.sales.v1.LeadBoardService/ListLeadStays", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Names names(*client);
  Table table({{"State"}, {"Owner"}, {"Entered"}, {"Left"}, {"Stayed", Align::kRight}});
  for (const auto& stay : response.stays()) {
    std::string stayed;
    if (stay.has_left_at()) {
      stayed = HumanDuration(absl::Seconds(stay.left_at().seconds() - stay.entered_at().seconds()));
    }
    table.Add({domain::EnumValueName(*pb::LeadState_descriptor(), stay.state()),
               stay.owner_id().empty() ? "" : names.Title("user", stay.owner_id()),
               Show(stay.entered_at()), stay.has_left_at() ? Show(stay.left_at()) : "", stayed});
  }
  PrintTable(app, table);
  return absl::OkStatus();
}

}  // namespace

void AddLeadStays(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "lead")->AddCommand("stays", "The states a lead went through, and whose it was");
  verb->AddOption("lead", &options->lead, "The lead (id or company)").Required();
  verb->AddOption("--as-of", &options->as_of, "As it was then: a day, an instant, a position");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
