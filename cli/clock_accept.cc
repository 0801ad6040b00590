// clock accept: an administrator says that the server's clock is right.

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/admin/v1/organisation_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::admin::v1;

absl::Status Run(App& app, const std::string& reason) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::GetOrganisationResponse organisation;
  DAYBOOK_RETURN_IF_ERROR(client->Call("daybook.admin.v1.OrganisationService/GetOrganisation",
                                       pb::GetOrganisationRequest(), &organisation));
  pb::AcceptClockRequest request;
  pb::AcceptClockResponse response;
  SetNewHeader(request.mutable_header());
  request.mutable_header()->set_reason(reason);
  request.set_id(organisation.organisation().id());
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.admin.v1.OrganisationService/AcceptClock", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  DAYBOOK_ASSIGN_OR_RETURN(const absl::Time recorded_at,
                           FromProto(response.receipt().recorded_at()));
  Print(absl::StrCat("accepted at position ", response.receipt().position(),
                     "; nothing is recorded before ", FormatInstant(recorded_at), " any more\n"));
  return absl::OkStatus();
}

}  // namespace

void AddClockAccept(Command& root, App& app) {
  auto reason = std::make_shared<std::string>();
  Command* verb =
      Noun(root, "clock")
          ->AddCommand("accept",
                       "Say that the server's clock is right, when writes are refused because it "
                       "is far from the log");
  verb->AddOption("--reason", reason.get(), "Kept with the event");
  SetAction(verb, app, reason, &Run);
}

}  // namespace daybook::cli
