#include "services/engine/bootstrap.h"

#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/api_key_service.pb.h"
#include "daybook/admin/v1/organisation_service.pb.h"
#include "daybook/setup/v1/close_reason_service.pb.h"
#include "daybook/setup/v1/sales_process_service.pb.h"
#include "domain/base/error.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "domain/fields/shape.h"
#include "eventstore/data_directory.h"
#include "services/engine/api_keys.h"
#include "services/engine/engine.h"
#include "services/engine/schema_set.h"

namespace daybook::services {
namespace {

constexpr const char* kRelease = "0.1.0";

struct StandardReason {
  setup::v1::CloseReasonKind kind;
  const char* code;
  const char* label;
};

constexpr StandardReason kReasons[] = {
    {setup::v1::CLOSE_REASON_KIND_WON, "price", "Price"},
    {setup::v1::CLOSE_REASON_KIND_WON, "quality", "Quality"},
    {setup::v1::CLOSE_REASON_KIND_WON, "relationship", "Relationship"},
    {setup::v1::CLOSE_REASON_KIND_LOST, "price", "Price"},
    {setup::v1::CLOSE_REASON_KIND_LOST, "competitor", "Went to a competitor"},
    {setup::v1::CLOSE_REASON_KIND_LOST, "timing", "Wrong time"},
    {setup::v1::CLOSE_REASON_KIND_LOST, "no_budget", "No budget"},
    {setup::v1::CLOSE_REASON_KIND_LOST, "not_recorded", "Not recorded"},
    {setup::v1::CLOSE_REASON_KIND_ABANDONED, "no_answer", "No answer"},
    {setup::v1::CLOSE_REASON_KIND_ABANDONED, "duplicate", "Entered twice"},
};

// Sends the first commands, in the name of the installation itself.
class Founder {
 public:
  Founder(CommandEngine& engine, Clock& clock, Random& random)
      : engine_(engine), clock_(clock), random_(random) {}

  template <class Request>
  absl::StatusOr<CommandAnswer> Send(Request request, std::string secret_prefix = "") {
    request.mutable_header()->set_request_id(random_.NewUuid(clock_.Now()).ToString());
    DAYBOOK_RETURN_IF_ERROR(domain::CheckShape(request));
    CommandCall call;
    call.principal.role = Principal::Role::kSystem;
    call.command = domain::FindCommand(ToAbsl(Request::descriptor()->full_name()));
    call.request = std::make_shared<Request>(std::move(request));
    call.secret_prefix = std::move(secret_prefix);
    return engine_.ExecuteAndWait(std::move(call));
  }

 private:
  CommandEngine& engine_;
  Clock& clock_;
  Random& random_;
};

setup::v1::DefineSalesProcessRequest StandardProcess() {
  setup::v1::DefineSalesProcessRequest process;
  process.set_name("Sales");
  auto* prospect = process.add_stages();
  prospect->set_id("prospect");
  prospect->set_label("Prospect");
  prospect->set_probability(kNano / 5);
  auto* offer = process.add_stages();
  offer->set_id("offer");
  offer->set_label("Offer");
  offer->set_probability(kNano * 3 / 5);
  return process;
}

absl::Status CheckOptions(const BootstrapOptions& options) {
  if (options.organisation.empty()) return InvalidField("organisation", "a name is required");
  if (!CurrencyDecimals(options.currency).has_value()) {
    return InvalidField(
        "currency", absl::StrCat("'", options.currency, "' is not an ISO 4217 code such as USD"));
  }
  const auto zone = LoadZone(options.zone);
  if (!zone.ok()) return InvalidField("zone", zone.status().message());
  return absl::OkStatus();
}

// Makes a key and issues it as `request` says; returns its text.
absl::StatusOr<std::string> IssueKey(admin::v1::IssueApiKeyRequest request,
                                     eventstore::KeyStore& keys, Founder& founder, Clock& clock,
                                     Random& random) {
  const NewKey key = GenerateKey(clock, random);
  DAYBOOK_RETURN_IF_ERROR(keys.PutSecretHash(SecretSlot(key.id, key.prefix), key.secret_hash));
  request.set_id(key.id.ToString());
  DAYBOOK_RETURN_IF_ERROR(founder.Send(std::move(request), key.prefix).status());
  return key.text;
}

}  // namespace

absl::StatusOr<std::string> Bootstrap(const BootstrapOptions& options, Clock& clock,
                                      Random& random) {
  // Before the directory exists, so that a refusal leaves nothing behind.
  DAYBOOK_RETURN_IF_ERROR(CheckOptions(options));
  DAYBOOK_RETURN_IF_ERROR(eventstore::CreateDataDirectory(options.data_dir, clock, random));
  DAYBOOK_ASSIGN_OR_RETURN(auto directory,
                           eventstore::OpenDataDirectory(options.data_dir, {}, clock, random));
  const auto access = NewRolePolicy();
  const auto engine = NewCommandEngine(*directory.store, *directory.keys, *access, clock, random);
  DAYBOOK_RETURN_IF_ERROR(EnsureSchemaSet(*engine, clock, random, kRelease));
  Founder founder(*engine, clock, random);

  admin::v1::CreateOrganisationRequest organisation;
  organisation.set_id(directory.store->log_id().ToString());
  organisation.set_name(options.organisation);
  organisation.set_currency(options.currency);
  organisation.set_zone(options.zone);
  DAYBOOK_RETURN_IF_ERROR(founder.Send(std::move(organisation)).status());

  DAYBOOK_ASSIGN_OR_RETURN(const auto process, founder.Send(StandardProcess()));
  setup::v1::PublishSalesProcessRequest publish;
  publish.set_id(process.id);
  DAYBOOK_RETURN_IF_ERROR(founder.Send(std::move(publish)).status());
  for (const StandardReason& standard : kReasons) {
    setup::v1::DefineCloseReasonRequest reason;
    reason.set_kind(standard.kind);
    reason.set_code(standard.code);
    reason.set_label(standard.label);
    DAYBOOK_RETURN_IF_ERROR(founder.Send(std::move(reason)).status());
  }

  admin::v1::IssueApiKeyRequest issue;
  issue.set_name("admin");
  issue.set_role(admin::v1::API_ROLE_ADMIN);
  return IssueKey(std::move(issue), *directory.keys, founder, clock, random);
}

absl::StatusOr<std::string> IssueKeyOffline(const OfflineKey& options, Clock& clock,
                                            Random& random) {
  DAYBOOK_ASSIGN_OR_RETURN(auto directory,
                           eventstore::OpenDataDirectory(options.data_dir, {}, clock, random));
  const auto access = NewRolePolicy();
  const auto engine = NewCommandEngine(*directory.store, *directory.keys, *access, clock, random);
  DAYBOOK_RETURN_IF_ERROR(EnsureSchemaSet(*engine, clock, random, kRelease));
  Founder founder(*engine, clock, random);
  admin::v1::IssueApiKeyRequest issue;
  issue.set_name(options.name);
  issue.set_role(options.administrator ? admin::v1::API_ROLE_ADMIN : admin::v1::API_ROLE_READER);
  issue.set_user_id(options.user_id);
  return IssueKey(std::move(issue), *directory.keys, founder, clock, random);
}

}  // namespace daybook::services
