#include "services/engine/commit_builder.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/organisation_service.pb.h"
#include "daybook/log/v1/metadata.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "domain/fields/personal.h"
#include "domain/record/suppression.h"
#include "services/engine/deterministic.h"

namespace daybook::services {

using eventstore::ClaimChange;

absl::Status CommitBuilder::Build(const CommandCall& call, Sealing sealing, absl::Time now,
                                  Decided* decided, eventstore::Commit* commit,
                                  std::vector<ClaimChange>* shared) {
  const absl::StatusOr<Uuid> actor = Uuid::Parse(call.principal.actor);
  if (actor.ok()) commit->actor = *actor;
  commit->deadline = call.deadline;
  commit->under_any_clock = call.principal.role == Principal::Role::kSystem;
  commit->accepts_clock =
      call.request->GetDescriptor() == admin::v1::AcceptClockRequest::descriptor();
  log::v1::EventMetadata metadata;
  metadata.set_reason(HeaderOf(*call.request).reason());
  metadata.set_traceparent(call.traceparent);
  metadata.set_batch_id(call.batch_id);
  if (call.backfill) {
    commit->backfill_at = decided->effective_at;
    *metadata.mutable_wall_time() = ToProto(now);
  }
  const std::string metadata_bytes = metadata.SerializeAsString();
  shared->clear();
  for (DecidedPart& part : decided->parts) {
    if (sealing == Sealing::kSealed) {
      DAYBOOK_RETURN_IF_ERROR(AddEvents(*part.type, part.stream, decided->effective_at,
                                        metadata_bytes, std::move(part.events), commit));
    }
    DAYBOOK_RETURN_IF_ERROR(AddClaims(*part.type, part.stream, *part.before.state, *part.after,
                                      call.overlay.get(), commit, shared));
  }
  commit->expectations = std::move(decided->expectations);
  return absl::OkStatus();
}

absl::Status CommitBuilder::AddEvents(const domain::AggregateType& type,
                                      const eventstore::StreamId& stream, absl::Time effective_at,
                                      const std::string& metadata, domain::EventList events,
                                      eventstore::Commit* commit) {
  const std::string stream_id = stream.id.ToString();
  for (const auto& event : events) {
    eventstore::NewEvent stored;
    stored.stream = stream;
    stored.type = domain::EventTypeName(type, *event);
    stored.metadata = metadata;
    stored.system = type.system;
    stored.effective_at = effective_at;
    const auto index = static_cast<uint16_t>(commit->events.size());
    const auto parts = domain::SplitPersonal(event.get(), stream_id);
    for (size_t i = 0; i < parts.size(); ++i) {
      log::v1::SealedValues values;
      for (const std::string& value : parts[i].values) values.add_values(value);
      DAYBOOK_ASSIGN_OR_RETURN(const Uuid subject, Uuid::Parse(parts[i].subject_id));
      const eventstore::SealContext context{
          commit->request_id, index, static_cast<uint8_t>(i), stream, stored.type,
          commit->schema_set};
      DAYBOOK_ASSIGN_OR_RETURN(auto sealed,
                               keys_.Seal(subject, context, values.SerializeAsString()));
      stored.sealed.push_back(std::move(sealed));
    }
    stored.payload = SerializeDeterministic(*event);
    commit->events.push_back(std::move(stored));
  }
  return absl::OkStatus();
}

absl::StatusOr<ClaimChange> CommitBuilder::Change(ClaimChange::Kind change, absl::string_view kind,
                                                  const domain::Claim& claim,
                                                  const eventstore::StreamId& stream) {
  DAYBOOK_ASSIGN_OR_RETURN(const uint16_t number, keys_.ClaimKind(kind));
  return ClaimChange{change, number, keys_.ClaimHash(kind, claim.value), stream, claim.field};
}

absl::StatusOr<std::optional<eventstore::StreamId>> CommitBuilder::HolderOf(
    const ClaimChange& claim, const Overlay* overlay) {
  if (overlay != nullptr) {
    if (auto known = overlay->FindClaim(ClaimKey(claim)); known.has_value()) return *known;
  }
  return store_.FindClaim(claim.claim_kind, claim.value);
}

absl::Status CommitBuilder::CheckClaims(const eventstore::Commit& commit, const Overlay* overlay) {
  for (const ClaimChange& claim : commit.claims) {
    if (claim.kind != ClaimChange::Kind::kTake) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const auto holder, HolderOf(claim, overlay));
    if (holder.has_value() && *holder != claim.stream) {
      return Reject(rpc::v1::REASON_DUPLICATE_KEY,
                    absl::StrCat(claim.field, ": the value is in use by ", holder->ToString()),
                    {{"field", claim.field}, {"holder", holder->ToString()}});
    }
  }
  return absl::OkStatus();
}

absl::Status CommitBuilder::Take(const domain::Claim& claim, const eventstore::StreamId& stream,
                                 const Overlay* overlay, eventstore::Commit* commit,
                                 std::vector<ClaimChange>* shared) {
  const absl::string_view forbidden = domain::ForbiddenKind(claim);
  const absl::string_view kind = forbidden.empty() ? absl::string_view(claim.kind) : forbidden;
  DAYBOOK_ASSIGN_OR_RETURN(ClaimChange change,
                           Change(ClaimChange::Kind::kTake, kind, claim, stream));
  if (domain::IsSuppression(kind)) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto holder, HolderOf(change, overlay));
    const bool by_another = holder.has_value() && *holder != stream;
    if (!forbidden.empty()) {
      return by_another ? domain::Suppressed(claim.field) : absl::OkStatus();
    }
    if (by_another) return absl::OkStatus();
    shared->push_back(change);
  }
  commit->claims.push_back(std::move(change));
  return absl::OkStatus();
}

absl::Status CommitBuilder::AddClaims(const domain::AggregateType& type,
                                      const eventstore::StreamId& stream,
                                      const domain::AnyState& before, const domain::AnyState& after,
                                      const Overlay* overlay, eventstore::Commit* commit,
                                      std::vector<ClaimChange>* shared) {
  // Compared in clear, so that a command that touches no unique value costs no HMAC.
  const auto held = type.claims(before);
  const auto wanted = type.claims(after);
  for (const domain::Claim& claim : held) {
    if (!domain::ForbiddenKind(claim).empty() || domain::IsSuppression(claim.kind)) continue;
    if (std::find(wanted.begin(), wanted.end(), claim) != wanted.end()) continue;
    DAYBOOK_ASSIGN_OR_RETURN(ClaimChange change,
                             Change(ClaimChange::Kind::kRelease, claim.kind, claim, stream));
    commit->claims.push_back(std::move(change));
  }
  for (const domain::Claim& claim : wanted) {
    if (std::find(held.begin(), held.end(), claim) != held.end()) continue;
    DAYBOOK_RETURN_IF_ERROR(Take(claim, stream, overlay, commit, shared));
  }
  return absl::OkStatus();
}

std::string ClaimKey(const ClaimChange& claim) {
  std::string key;
  AppendU16(&key, claim.claim_kind);
  key.append(reinterpret_cast<const char*>(claim.value.data()), claim.value.size());
  return key;
}

}  // namespace daybook::services
