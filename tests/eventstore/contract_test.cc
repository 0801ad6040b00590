// What every event store promises, on both kinds.

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "domain/base/deadline.h"
#include "gmock/gmock.h"
#include "tests/eventstore/store_support.h"

namespace daybook::eventstore {
namespace {

using testing::ElementsAre;

class StoreContractTest : public testing::TestWithParam<TestStore::Kind> {
 protected:
  StoreContractTest() : test_(GetParam(), {}), store_(test_.store()), clock_(test_.clock()) {}

  // Appends and expects success.
  AppendResult Append(Commit commit) {
    absl::StatusOr<AppendResult> result = store_.AppendAndWait(std::move(commit));
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : AppendResult();
  }
  absl::Status Refusal(Commit commit) { return store_.AppendAndWait(std::move(commit)).status(); }

  TestStore test_;
  EventStore& store_;
  ManualClock& clock_;
};

std::vector<LogPosition> PositionsOf(const std::vector<RecordedEvent>& events) {
  std::vector<LogPosition> positions;
  for (const RecordedEvent& event : events) positions.push_back(event.position);
  return positions;
}

ClaimChange Take(uint64_t value, const StreamId& stream) {
  return {ClaimChange::Kind::kTake, 1, Sha256(absl::StrCat(value)), stream, "sku"};
}
ClaimChange Release(uint64_t value, const StreamId& stream) {
  return {ClaimChange::Kind::kRelease, 1, Sha256(absl::StrCat(value)), stream, "sku"};
}

TEST_P(StoreContractTest, EmptyLogHasNothing) {
  EXPECT_EQ(store_.GetHead().position, 0u);
  EXPECT_EQ(store_.GetHead().root, Sha256(""));
  EXPECT_TRUE(ReadEverything(store_).empty());
  EXPECT_EQ(*store_.StreamHead(TestStream(1)), 0u);
  EXPECT_EQ(*store_.PositionAt(absl::InfiniteFuture()), 0u);
  EXPECT_EQ(*store_.LowerToCommitEnd(5), 0u);
  EXPECT_EQ(*store_.RootAt(0), Sha256(""));
  EXPECT_TRUE(store_.BackfillOpen());
  EXPECT_EQ(ReasonOf(store_.ReadEvent(1).status()), Reason::REASON_NOT_FOUND);
}

TEST_P(StoreContractTest, CommitOverTwoStreamsIsReadAsItWasWritten) {
  // Given an event with everything that an event can have
  NewEvent event = MakeEvent(TestStream(1), "deal.won", "public");
  event.tags = {"west", "east", "west"};
  event.effective_at = TestStart() - absl::Hours(48);
  SealContext context{TestId(1'000'000'001), 0, 0, event.stream, event.type, 1};
  event.sealed.push_back(*test_.keys().Seal(TestId(50), context, "a name"));
  // When
  const AppendResult result =
      Append(MakeCommit(1, {event, MakeEvent(TestStream(2, "account")), MakeEvent(TestStream(1))}));
  // Then
  EXPECT_EQ(result.first_position, 1u);
  EXPECT_EQ(result.last_position, 3u);
  EXPECT_EQ(result.events, 3u);
  EXPECT_FALSE(result.replayed);
  EXPECT_EQ(result.recorded_at, TestStart());
  EXPECT_THAT(result.revisions,
              ElementsAre(std::pair(TestStream(1), StreamRevision{2}),
                          std::pair(TestStream(2, "account"), StreamRevision{1})));
  const std::vector<RecordedEvent> events = ReadEverything(store_);
  ASSERT_EQ(events.size(), 3u);
  const RecordedEvent& first = events[0];
  EXPECT_EQ(first.position, 1u);
  EXPECT_EQ(first.commit_index, 0);
  EXPECT_EQ(first.commit_count, 3);
  EXPECT_EQ(first.commit_end(), 3u);
  EXPECT_EQ(first.revision, 1u);
  EXPECT_EQ(first.recorded_at, TestStart());
  EXPECT_EQ(first.effective_at, TestStart() - absl::Hours(48));
  EXPECT_EQ(first.request_id, TestId(1'000'000'001));
  EXPECT_EQ(first.actor, TestId(7));
  EXPECT_EQ(first.stream, TestStream(1));
  EXPECT_EQ(first.type, "deal.won");
  EXPECT_EQ(first.flags, 0);
  EXPECT_THAT(first.tags, ElementsAre("east", "west"));
  EXPECT_EQ(first.payload, "public");
  EXPECT_EQ(first.metadata, "metadata");
  ASSERT_EQ(first.sealed.size(), 1u);
  EXPECT_EQ(test_.keys().Open(first.sealed[0], first.seal_context(0))->value(), "a name");
  EXPECT_EQ(events[2].revision, 2u);
  EXPECT_EQ(*store_.StreamHead(TestStream(1)), 2u);
  EXPECT_EQ(store_.ReadEvent(3)->header, events[2].header);
}

TEST_P(StoreContractTest, ExpectedRevisionIsChecked) {
  // Given
  Append(MakeCommit(1, {MakeEvent(TestStream(1))}, {{TestStream(1), 0}}));
  // When the stream must not exist, or stands elsewhere
  for (const StreamRevision expected : {StreamRevision{0}, StreamRevision{2}}) {
    const absl::Status status =
        Refusal(MakeCommit(2, {MakeEvent(TestStream(1))}, {{TestStream(1), expected}}));
    // Then
    EXPECT_EQ(ReasonOf(status), Reason::REASON_REVISION_CONFLICT);
    EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
    EXPECT_EQ(ErrorMetadataOf(status, "stream"), TestStream(1).ToString());
    EXPECT_EQ(ErrorMetadataOf(status, "expected"), absl::StrCat(expected));
    EXPECT_EQ(ErrorMetadataOf(status, "actual"), "1");
  }
  EXPECT_EQ(store_.GetHead().position, 1u);
  // And the refused request is not remembered
  const AppendResult result =
      Append(MakeCommit(2, {MakeEvent(TestStream(1))}, {{TestStream(1), 1}}));
  EXPECT_EQ(result.last_position, 2u);
  EXPECT_FALSE(result.replayed);
}

TEST_P(StoreContractTest, ARevisionDecidedOnACommitThatWasRefusedIsNoRevision) {
  // Given a commit that is refused, and another that took the revision it would have had
  Append(MakeCommit(1, {MakeEvent(TestStream(1))}, {{TestStream(1), 0}}));
  Commit refused = MakeCommit(2, {MakeEvent(TestStream(1))}, {{TestStream(1), 0}});
  refused.accepted = std::make_shared<bool>(false);
  const std::shared_ptr<const bool> happened = refused.accepted;
  EXPECT_EQ(ReasonOf(Refusal(std::move(refused))), Reason::REASON_REVISION_CONFLICT);
  Commit accepted = MakeCommit(3, {MakeEvent(TestStream(1))}, {{TestStream(1), 1}});
  accepted.accepted = std::make_shared<bool>(false);
  const std::shared_ptr<const bool> took_place = accepted.accepted;
  Append(std::move(accepted));
  EXPECT_TRUE(*took_place);
  // When commits come that were decided on either, both at the revision the stream has
  const absl::Status status =
      Refusal(MakeCommit(4, {MakeEvent(TestStream(1))}, {{TestStream(1), 2, happened}}));
  // Then only the one that was decided on what happened is accepted
  EXPECT_EQ(ReasonOf(status), Reason::REASON_REVISION_CONFLICT);
  EXPECT_EQ(
      Append(MakeCommit(5, {MakeEvent(TestStream(1))}, {{TestStream(1), 2, took_place}})).events,
      1u);
}

TEST_P(StoreContractTest, StreamsOnlyReadAreCheckedToo) {
  Append(MakeCommit(1, {MakeEvent(TestStream(1))}));
  EXPECT_EQ(ReasonOf(Refusal(MakeCommit(2, {MakeEvent(TestStream(2))},
                                        {{TestStream(1), 0}, {TestStream(2), 0}}))),
            Reason::REASON_REVISION_CONFLICT);
  Append(MakeCommit(3, {MakeEvent(TestStream(2))},
                    {{TestStream(1), 1}, {TestStream(2), 0}, {TestStream(9, "unknown"), 0}}));
  EXPECT_EQ(*store_.StreamHead(TestStream(1)), 1u);
}

TEST_P(StoreContractTest, StreamThatOthersNamedMeanwhileIsRefused) {
  const StreamId project = TestStream(1), deal = TestStream(2), other = TestStream(3);
  const LogPosition seen = Append(MakeCommit(1, {MakeEvent(project)})).last_position;
  const auto change = [&](uint64_t request, LogPosition position) {
    Commit commit = MakeCommit(request, {MakeEvent(project)}, {{project, 1}});
    commit.expectations[0].unnamed_after = position;
    return commit;
  };
  // a commit that only looks at the stream, and one that has nothing to do with it
  const LogPosition named =
      Append(MakeCommit(2, {MakeEvent(deal)}, {{deal, 0}, {project, 1}})).last_position;
  Append(MakeCommit(3, {MakeEvent(other)}, {{other, 0}}));
  const absl::Status refusal = Refusal(change(4, seen));
  EXPECT_EQ(ReasonOf(refusal), Reason::REASON_REVISION_CONFLICT);
  EXPECT_EQ(ErrorMetadataOf(refusal, "named"), project.ToString());
  EXPECT_EQ(ErrorMetadataOf(refusal, "stream"), "");
  Append(change(4, named));
}

TEST_P(StoreContractTest, OneOfManyWinsARevision) {
  // When 50 commits for the same revision are waiting at once
  std::atomic<int> won{0};
  std::atomic<int> lost{0};
  for (uint64_t i = 0; i < 50; ++i) {
    store_.Append(MakeCommit(i, {MakeEvent(TestStream(1))}, {{TestStream(1), 0}}),
                  [&](const absl::StatusOr<AppendResult>& result) {
                    if (result.ok()) ++won;
                    if (ReasonOf(result.status()) == Reason::REASON_REVISION_CONFLICT) ++lost;
                  });
  }
  Append(MakeCommit(100, {}));  // everything before it is answered
  // Then
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, 49);
  EXPECT_EQ(store_.GetHead().position, 1u);
}

TEST_P(StoreContractTest, ClaimIsHeldUntilReleased) {
  // Given
  Commit commit = MakeCommit(1, {MakeEvent(TestStream(1))});
  commit.claims = {Take(5, TestStream(1))};
  Append(commit);
  EXPECT_EQ(store_.FindClaim(1, Sha256("5"))->value(), TestStream(1));
  EXPECT_FALSE(store_.FindClaim(2, Sha256("5"))->has_value());
  // When another stream takes it, it is refused and nothing of the commit is there
  commit = MakeCommit(2, {MakeEvent(TestStream(2))});
  commit.claims = {Take(6, TestStream(2)), Take(5, TestStream(2))};
  const absl::Status status = Refusal(commit);
  EXPECT_EQ(ReasonOf(status), Reason::REASON_DUPLICATE_KEY);
  EXPECT_EQ(ErrorMetadataOf(status, "field"), "sku");
  EXPECT_EQ(ErrorMetadataOf(status, "holder"), TestStream(1).ToString());
  EXPECT_FALSE(store_.FindClaim(1, Sha256("6"))->has_value());
  EXPECT_EQ(*store_.StreamHead(TestStream(2)), 0u);
  // When the holder takes it again, or another one releases it, nothing changes
  commit = MakeCommit(3, {MakeEvent(TestStream(1))});
  commit.claims = {Take(5, TestStream(1)), Release(5, TestStream(2))};
  Append(commit);
  EXPECT_EQ(store_.FindClaim(1, Sha256("5"))->value(), TestStream(1));
  // When it moves within a commit, the release counts first
  commit = MakeCommit(4, {MakeEvent(TestStream(2))});
  commit.claims = {Take(5, TestStream(2)), Release(5, TestStream(1))};
  Append(commit);
  EXPECT_EQ(store_.FindClaim(1, Sha256("5"))->value(), TestStream(2));
  // When released, it is free
  commit = MakeCommit(5, {MakeEvent(TestStream(2))});
  commit.claims = {Release(5, TestStream(2))};
  Append(commit);
  EXPECT_FALSE(store_.FindClaim(1, Sha256("5"))->has_value());
}

TEST_P(StoreContractTest, TwoTakesOfOneValueInACommitAreRefused) {
  Commit commit = MakeCommit(1, {MakeEvent(TestStream(1)), MakeEvent(TestStream(2))});
  commit.claims = {Take(5, TestStream(1)), Take(5, TestStream(2))};
  EXPECT_EQ(ReasonOf(Refusal(commit)), Reason::REASON_DUPLICATE_KEY);
}

TEST_P(StoreContractTest, RepeatedRequestGetsTheFirstAnswer) {
  // Given
  const std::vector<NewEvent> events = {MakeEvent(TestStream(1)), MakeEvent(TestStream(2)),
                                        MakeEvent(TestStream(1))};
  const AppendResult first = Append(MakeCommit(1, events, {{TestStream(1), 0}}));
  clock_.Advance(absl::Hours(1));
  Append(MakeCommit(2, {MakeEvent(TestStream(1))}));
  // When
  const AppendResult again = Append(MakeCommit(1, events, {{TestStream(1), 0}}));
  // Then
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.first_position, first.first_position);
  EXPECT_EQ(again.last_position, first.last_position);
  EXPECT_EQ(again.recorded_at, first.recorded_at);
  EXPECT_EQ(again.events, first.events);
  EXPECT_EQ(again.revisions, first.revisions);
  EXPECT_EQ(store_.GetHead().position, 4u);
  const auto record = store_.FindRequest(TestId(1'000'000'001));
  EXPECT_EQ((*record)->first_position, 1u);
  EXPECT_EQ((*record)->events, 3u);
  EXPECT_EQ((*record)->request_hash, Sha256("request 1"));
  EXPECT_FALSE(store_.FindRequest(TestId(3))->has_value());
}

TEST_P(StoreContractTest, SameIdForAnotherRequestIsRefused) {
  Append(MakeCommit(1, {MakeEvent(TestStream(1))}));
  Commit other = MakeCommit(1, {MakeEvent(TestStream(2))});
  other.request_hash = Sha256("another");
  EXPECT_EQ(ReasonOf(Refusal(other)), Reason::REASON_IDEMPOTENCY_MISMATCH);
}

TEST_P(StoreContractTest, RequestInFlightTwiceIsCarriedOutOnce) {
  std::atomic<int> fresh{0};
  std::atomic<int> replayed{0};
  std::atomic<int> wrong{0};
  for (int i = 0; i < 64; ++i) {
    store_.Append(MakeCommit(static_cast<uint64_t>(i % 8), {MakeEvent(TestStream(1))}),
                  [&](const absl::StatusOr<AppendResult>& result) {
                    if (!result.ok() || result->revisions.size() != 1) {
                      ++wrong;
                    } else {
                      ++(result->replayed ? replayed : fresh);
                    }
                  });
  }
  Append(MakeCommit(100, {}));
  EXPECT_EQ(fresh, 8);
  EXPECT_EQ(replayed, 56);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(store_.GetHead().position, 8u);
}

TEST_P(StoreContractTest, CommitWithoutEventsIsRemembered) {
  // Given
  const AppendResult before = Append(MakeCommit(1, {}));
  EXPECT_EQ(before.first_position, 0u);
  EXPECT_EQ(before.recorded_at, absl::UnixEpoch());
  Append(MakeCommit(2, {MakeEvent(TestStream(1))}));
  const AppendResult result = Append(MakeCommit(3, {}));
  EXPECT_EQ(result.first_position, 1u);
  EXPECT_EQ(result.last_position, 1u);
  EXPECT_EQ(result.events, 0u);
  EXPECT_EQ(result.recorded_at, TestStart());
  Append(MakeCommit(4, {MakeEvent(TestStream(1))}));
  // When
  const AppendResult again = Append(MakeCommit(3, {}));
  // Then
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.first_position, 1u);
  EXPECT_EQ(again.recorded_at, TestStart());
  EXPECT_EQ(again.events, 0u);
  EXPECT_TRUE(Append(MakeCommit(1, {})).replayed);
}

TEST_P(StoreContractTest, TimeNeverGoesBack) {
  Append(MakeCommit(1, {MakeEvent(TestStream(1))}));
  clock_.Set(TestStart() - absl::Minutes(59));
  EXPECT_EQ(Append(MakeCommit(2, {MakeEvent(TestStream(1))})).recorded_at, TestStart());
  clock_.Set(TestStart() + absl::Seconds(1));
  EXPECT_EQ(Append(MakeCommit(3, {MakeEvent(TestStream(1))})).recorded_at,
            TestStart() + absl::Seconds(1));
  EXPECT_EQ(store_.GetHead().recorded_at, TestStart() + absl::Seconds(1));
}

TEST_P(StoreContractTest, BackfillStampsThePastUntilTheFirstLiveEvent) {
  const absl::Time past = TestStart() - absl::Hours(24 * 100);
  const auto backfill = [](uint64_t request, absl::Time at) {
    Commit commit = MakeCommit(request, {MakeEvent(TestStream(request))});
    commit.backfill_at = at;
    return commit;
  };
  const auto system = [](uint64_t request) {
    NewEvent event = MakeEvent(TestStream(request), "setup.done");
    event.system = true;
    return MakeCommit(request, {event});
  };
  // Given a system event before everything: it takes the beginning of time
  EXPECT_EQ(Append(system(1)).recorded_at, absl::UnixEpoch());
  EXPECT_EQ(store_.ReadEvent(1)->flags, kSystem | kBackfilled);
  // When backfilled in order
  EXPECT_EQ(Append(backfill(2, past)).recorded_at, past);
  EXPECT_EQ(store_.ReadEvent(2)->flags, kBackfilled);
  EXPECT_EQ(Append(backfill(3, past)).recorded_at, past);
  // Then older, and later than now, is refused
  EXPECT_EQ(ReasonOf(Refusal(backfill(4, past - absl::Microseconds(1)))),
            Reason::REASON_BACKFILL_CLOSED);
  EXPECT_EQ(ReasonOf(Refusal(backfill(4, TestStart() + absl::Seconds(1)))),
            Reason::REASON_OUT_OF_RANGE);
  // And system events take the last stamp and leave the window open
  EXPECT_EQ(Append(system(5)).recorded_at, past);
  EXPECT_TRUE(store_.BackfillOpen());
  // When a live event comes, the window is closed
  EXPECT_EQ(Append(MakeCommit(6, {MakeEvent(TestStream(6))})).recorded_at, TestStart());
  EXPECT_FALSE(store_.BackfillOpen());
  EXPECT_EQ(ReasonOf(Refusal(backfill(7, TestStart()))), Reason::REASON_BACKFILL_CLOSED);
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(Append(system(8)).recorded_at, TestStart() + absl::Seconds(5));
  EXPECT_EQ(store_.ReadEvent(6)->flags, kSystem);
}

TEST_P(StoreContractTest, ReadsByStreamAggregateAndType) {
  // Given deals and accounts in turn
  for (uint64_t i = 0; i < 30; ++i) {
    const std::string aggregate = i % 3 == 0 ? "account" : "deal";
    const std::string type = i % 2 == 0 ? "made" : "moved";
    Append(MakeCommit(i, {MakeEvent(TestStream(i % 6, aggregate), type)}));
  }
  const auto selected = [&](const Selection& selection, LogPosition after, size_t limit) {
    std::vector<RecordedEvent> events;
    EXPECT_TRUE(store_
                    .ReadSelected(selection, after, limit,
                                  [&](const RecordedEvent& event) {
                                    events.push_back(event);
                                    return true;
                                  })
                    .ok());
    return PositionsOf(events);
  };
  // Then
  Selection account;
  account.aggregate = "account";
  EXPECT_THAT(selected(account, 0, 4), ElementsAre(1, 4, 7, 10));
  EXPECT_THAT(selected(account, 4, 2), ElementsAre(7, 10));
  Selection moved;
  moved.type = "moved";
  EXPECT_THAT(selected(moved, 25, 9), ElementsAre(26, 28, 30));
  Selection both;
  both.aggregate = "account";
  both.type = "moved";
  EXPECT_THAT(selected(both, 0, 3), ElementsAre(4, 10, 16));
  Selection stream;
  stream.stream = TestStream(1);
  EXPECT_THAT(selected(stream, 2, 9), ElementsAre(8, 14, 20, 26));
  stream.type = "made";
  EXPECT_TRUE(selected(stream, 0, 9).empty());
  Selection none;
  none.type = "never";
  EXPECT_TRUE(selected(none, 0, 9).empty());
  EXPECT_EQ(selected({}, 27, 9).size(), 3u);
  // And a stream by revision
  std::vector<RecordedEvent> events;
  EXPECT_TRUE(store_
                  .ReadStream(TestStream(1), 3, 9,
                              [&](const RecordedEvent& event) {
                                events.push_back(event);
                                return true;
                              })
                  .ok());
  EXPECT_THAT(PositionsOf(events), ElementsAre(20, 26));
}

TEST_P(StoreContractTest, PositionsByTimeAndCommit) {
  // Given commits of three events, a minute apart
  for (uint64_t i = 0; i < 5; ++i) {
    Append(MakeCommit(
        i, {MakeEvent(TestStream(1)), MakeEvent(TestStream(2)), MakeEvent(TestStream(3))}));
    clock_.Advance(absl::Minutes(1));
  }
  // Then
  EXPECT_EQ(*store_.PositionAt(TestStart() - absl::Microseconds(1)), 0u);
  EXPECT_EQ(*store_.PositionAt(TestStart()), 3u);
  EXPECT_EQ(*store_.PositionAt(TestStart() + absl::Seconds(61)), 6u);
  EXPECT_EQ(*store_.PositionAt(absl::InfiniteFuture()), 15u);
  EXPECT_EQ(*store_.LowerToCommitEnd(0), 0u);
  EXPECT_EQ(*store_.LowerToCommitEnd(2), 0u);
  EXPECT_EQ(*store_.LowerToCommitEnd(3), 3u);
  EXPECT_EQ(*store_.LowerToCommitEnd(5), 3u);
  EXPECT_EQ(*store_.LowerToCommitEnd(99), 15u);
}

TEST_P(StoreContractTest, RootsOfEarlierSizesAreRecomputed) {
  // Given a log over two tiles, and the roots as they came
  std::vector<Hash> roots = {Sha256("")};
  for (uint64_t i = 0; i < 600; ++i) {
    Append(MakeCommit(i, {MakeEvent(TestStream(i % 7))}));
    roots.push_back(store_.GetHead().root);
  }
  // Then
  for (size_t size = 0; size <= 600; size += size < 20 ? 1 : 29) {
    EXPECT_EQ(*store_.RootAt(size), roots[size]) << size;
  }
  EXPECT_EQ(*store_.RootAt(512), roots[512]);
  EXPECT_EQ(*store_.RootAt(600), roots[600]);
  EXPECT_EQ(ReasonOf(store_.RootAt(601).status()), Reason::REASON_OUT_OF_RANGE);
}

TEST_P(StoreContractTest, LimitsHoldAtTheLimit) {
  const auto with = [](const std::function<void(NewEvent*)>& change) {
    NewEvent event = MakeEvent(TestStream(1));
    change(&event);
    return MakeCommit(1'000, {event});
  };
  const auto tags = [](size_t n) {
    return [n](NewEvent* event) {
      for (size_t i = 0; i < n; ++i) event->tags.push_back(absl::StrCat("tag", i));
    };
  };
  const auto sealed = [](size_t n) {
    return [n](NewEvent* event) { event->sealed.resize(n, {1, {}, std::string(32, 's')}); };
  };
  const auto type = [](size_t n) { return [n](NewEvent* event) { event->type.assign(n, 't'); }; };
  const auto tag = [](size_t n) {
    return [n](NewEvent* event) { event->tags = {std::string(n, 't')}; };
  };
  EXPECT_EQ(ReasonOf(Refusal(with(tags(kTagsMax + 1)))), Reason::REASON_LIMIT_EXCEEDED);
  EXPECT_EQ(ReasonOf(Refusal(with(sealed(kSealedPartsMax + 1)))), Reason::REASON_LIMIT_EXCEEDED);
  EXPECT_EQ(ReasonOf(Refusal(with(type(201)))), Reason::REASON_LIMIT_EXCEEDED);
  EXPECT_EQ(ReasonOf(Refusal(with(tag(256)))), Reason::REASON_LIMIT_EXCEEDED);
  std::vector<NewEvent> many(kEventsPerCommitMax + 1, MakeEvent(TestStream(1)));
  EXPECT_EQ(ReasonOf(Refusal(MakeCommit(1'000, many))), Reason::REASON_LIMIT_EXCEEDED);
  const absl::Status big =
      Refusal(with([](NewEvent* event) { event->payload.assign(kCommitBytesMax, 'p'); }));
  EXPECT_EQ(ReasonOf(big), Reason::REASON_LIMIT_EXCEEDED);
  EXPECT_EQ(ErrorMetadataOf(big, "limit"), absl::StrCat(kCommitBytesMax));
  Commit named = with([](NewEvent* event) { event->stream.aggregate = "Deal"; });
  EXPECT_EQ(ReasonOf(Refusal(named)), Reason::REASON_INVALID_FIELD);
  // At the limit everything is taken and read back.
  many.pop_back();
  Append(MakeCommit(1, many));
  EXPECT_EQ(*store_.StreamHead(TestStream(1)), kEventsPerCommitMax);
  NewEvent full = MakeEvent(TestStream(1));
  tags(kTagsMax - 1)(&full);
  sealed(kSealedPartsMax)(&full);
  type(200)(&full);
  full.tags.push_back(std::string(255, 't'));
  full.stream.aggregate = std::string(100, 'a');
  full.payload.assign(4'000'000, 'p');
  const AppendResult result = Append(MakeCommit(2, {full}));
  const RecordedEvent read = *store_.ReadEvent(result.last_position);
  EXPECT_EQ(read.payload, full.payload);
  EXPECT_EQ(read.tags.size(), kTagsMax);
  EXPECT_EQ(read.sealed.size(), kSealedPartsMax);
}

TEST_P(StoreContractTest, CommitPastItsDeadlineIsNotBegun) {
  Commit commit = MakeCommit(1, {MakeEvent(TestStream(1))});
  commit.deadline = DeadlineNow() - absl::Microseconds(1);
  EXPECT_EQ(ReasonOf(Refusal(commit)), Reason::REASON_DEADLINE_EXCEEDED);
  // When the clock is set, forward or back, a deadline is as far away as it was
  commit.deadline = DeadlineNow() + absl::Minutes(1);
  clock_.Set(TestStart() + absl::Hours(2));
  Append(commit);
  Commit later = MakeCommit(2, {MakeEvent(TestStream(2))});
  later.deadline = DeadlineNow() + absl::Minutes(1);
  clock_.Set(TestStart() + absl::Hours(1.5));
  Append(later);
}

TEST_P(StoreContractTest, WaitingForTheHeadEndsWithAnAppendOrTheDeadline) {
  EXPECT_EQ(store_.WaitForHead(0, absl::Now() + absl::Milliseconds(5)), 0u);
  std::thread writer([&] {
    absl::SleepFor(absl::Milliseconds(10));
    Append(MakeCommit(1, {MakeEvent(TestStream(1))}));
  });
  EXPECT_EQ(store_.WaitForHead(0, absl::InfiniteFuture()), 1u);
  writer.join();
  EXPECT_EQ(store_.WaitForHead(0, absl::InfinitePast()), 1u);
}

TEST_P(StoreContractTest, FollowerSeesEveryEventOnceInOrder) {
  // Given four writers
  constexpr uint64_t kWriters = 4;
  constexpr uint64_t kCommits = 400;
  constexpr LogPosition kEvents = kWriters * kCommits * 2;
  std::vector<std::thread> writers;
  for (uint64_t w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      for (uint64_t i = 0; i < kCommits; ++i) {
        const StreamId stream = TestStream(w);
        store_.Append(MakeCommit(w * kCommits + i, {MakeEvent(stream), MakeEvent(stream)}),
                      [](const absl::StatusOr<AppendResult>& r) { EXPECT_TRUE(r.ok()); });
        if (i % 64 == 63) std::this_thread::yield();
      }
    });
  }
  // When one follows from the start, in pieces of odd sizes
  LogPosition seen = 0;
  std::vector<StreamRevision> revisions(kWriters, 0);
  bool in_order = true;
  while (seen < kEvents && in_order) {
    store_.WaitForHead(seen, absl::Now() + absl::Seconds(10));
    const absl::Status status = store_.ReadAll(seen, 37, [&](const RecordedEvent& event) {
      in_order = in_order && event.position == seen + 1;
      seen = event.position;
      const size_t writer = static_cast<size_t>(event.stream.id.bytes()[15]);
      in_order = in_order && event.revision == ++revisions[writer];
      return true;
    });
    ASSERT_TRUE(status.ok()) << status;
  }
  for (std::thread& writer : writers) writer.join();
  // Then
  EXPECT_TRUE(in_order);
  EXPECT_EQ(seen, kEvents);
}

TEST_P(StoreContractTest, VisitorCanStop) {
  for (uint64_t i = 0; i < 10; ++i) Append(MakeCommit(i, {MakeEvent(TestStream(1))}));
  int seen = 0;
  EXPECT_TRUE(store_.ReadAll(0, SIZE_MAX, [&](const RecordedEvent&) { return ++seen < 3; }).ok());
  EXPECT_EQ(seen, 3);
  EXPECT_TRUE(store_.ReadAll(99, SIZE_MAX, [&](const RecordedEvent&) { return ++seen < 3; }).ok());
  EXPECT_EQ(seen, 3);
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContractTest,
                         testing::Values(TestStore::Kind::kMemory, TestStore::Kind::kDisk),
                         [](const auto& kind) {
                           return kind.param == TestStore::Kind::kMemory ? "Memory" : "Disk";
                         });

TEST(StoreLimitsTest, FullQueueRefusesWithRetryInfo) {
  // Given a store that takes eight commits at a time, and answers that are held back
  StoreOptions options;
  options.queue_commits = 8;
  options.group_commits = 1;
  TestStore test(TestStore::Kind::kMemory, options);
  std::mutex gate;
  std::unique_lock closed(gate);
  std::atomic<int> taken{0};
  std::atomic<int> refused{0};
  // When far more come
  constexpr int kOffered = 2000;
  for (int i = 0; i < kOffered; ++i) {
    test.store().Append(MakeCommit(static_cast<uint64_t>(i), {MakeEvent(TestStream(1))}),
                        [&](const absl::StatusOr<AppendResult>& result) {
                          std::lock_guard wait(gate);
                          if (result.ok()) {
                            ++taken;
                          } else {
                            EXPECT_EQ(ReasonOf(result.status()), Reason::REASON_OVERLOADED);
                            EXPECT_EQ(result.status().code(), absl::StatusCode::kResourceExhausted);
                            ++refused;
                          }
                        });
  }
  // Then
  closed.unlock();
  while (taken + refused < kOffered) std::this_thread::yield();
  EXPECT_GE(taken, 8);
  EXPECT_LT(taken, 100);
  EXPECT_EQ(test.store().GetHead().position, static_cast<LogPosition>(taken.load()));
}

TEST(StoreLimitsTest, FullDiskRefusesBeforeWriting) {
  StoreOptions options;
  options.reserve_free_bytes = uint64_t{1} << 62;
  TestStore test(TestStore::Kind::kDisk, options);
  const auto result = test.store().AppendAndWait(MakeCommit(1, {MakeEvent(TestStream(1))}));
  EXPECT_EQ(ReasonOf(result.status()), Reason::REASON_DISK_FULL);
  EXPECT_EQ(test.store().GetHead().position, 0u);
}

}  // namespace
}  // namespace daybook::eventstore
