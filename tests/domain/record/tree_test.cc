#include "domain/record/tree.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/account.pb.h"
#include "domain/base/error.h"

namespace daybook::domain {
namespace {

// Loads from a map as the engine loads from the log, and counts.
class MapLoader final : public FactLoader {
 public:
  absl::StatusOr<const google::protobuf::Message*> Load(absl::string_view aggregate,
                                                        absl::string_view id) override {
    ++loads;
    const auto it = accounts.find(std::string(id));
    if (it == accounts.end()) return nullptr;
    facts.Add(aggregate, id, it->second);
    return it->second.get();
  }
  absl::StatusOr<std::vector<std::string>> Ids(absl::string_view) override {
    return std::vector<std::string>();
  }
  void Put(const std::string& id, const std::string& parent) {
    auto account = std::make_shared<party::v1::Account>();
    account->set_id(id);
    account->set_parent_id(parent);
    accounts[id] = std::move(account);
  }
  // a1 at the top, a<size> at the bottom.
  void PutChain(int size) {
    for (int i = 1; i <= size; ++i)
      Put(absl::StrCat("a", i), i == 1 ? "" : absl::StrCat("a", i - 1));
  }

  std::map<std::string, std::shared_ptr<const party::v1::Account>> accounts;
  Facts facts;
  int loads = 0;
};

Reason Check(MapLoader& loader, const std::string& id, const std::string& parent,
             int subtree_height = 0) {
  const absl::Status loaded = LoadAncestors("account", parent, loader);
  EXPECT_TRUE(loaded.ok());
  return ReasonOf(CheckParent("account", id, parent, loader.facts, subtree_height));
}

TEST(TreeTest, TheTopAndExistingParentsAreAccepted) {
  MapLoader loader;
  loader.PutChain(3);
  EXPECT_EQ(Check(loader, "new", ""), Reason::REASON_UNSPECIFIED);
  EXPECT_EQ(Check(loader, "new", "a3"), Reason::REASON_UNSPECIFIED);
}

TEST(TreeTest, MissingParentsAreRefused) {
  MapLoader loader;
  const absl::Status status = CheckParent("account", "new", "gone", loader.facts);
  EXPECT_EQ(ReasonOf(status), Reason::REASON_REFERENCE_NOT_FOUND);
  EXPECT_EQ(ErrorMetadataOf(status, "field"), "parent_id");
  EXPECT_EQ(ErrorMetadataOf(status, "aggregate"), "account");
}

TEST(TreeTest, F018CyclesAreRefusedAtAnyDepth) {
  MapLoader loader;
  loader.PutChain(kTreeDepthMax);
  EXPECT_EQ(Check(loader, "a1", "a1"), Reason::REASON_CYCLE);
  for (int below = 2; below <= kTreeDepthMax; ++below) {
    EXPECT_EQ(Check(loader, "a1", absl::StrCat("a", below)), Reason::REASON_CYCLE) << below;
  }
}

TEST(TreeTest, F018TreesMayBeAsDeepAsTheLimitAndNoDeeper) {
  MapLoader loader;
  loader.PutChain(kTreeDepthMax);
  EXPECT_EQ(Check(loader, "new", absl::StrCat("a", kTreeDepthMax - 1)), Reason::REASON_UNSPECIFIED);
  EXPECT_EQ(Check(loader, "new", absl::StrCat("a", kTreeDepthMax)), Reason::REASON_DEPTH_LIMIT);
}

TEST(TreeTest, AMovedSubtreeCountsWithItsHeight) {
  MapLoader loader;
  loader.PutChain(kTreeDepthMax);
  EXPECT_EQ(Check(loader, "new", "a10", kTreeDepthMax - 11), Reason::REASON_UNSPECIFIED);
  EXPECT_EQ(Check(loader, "new", "a10", kTreeDepthMax - 10), Reason::REASON_DEPTH_LIMIT);
}

TEST(TreeTest, LoadingIsBoundedEvenInADamagedTree) {
  MapLoader loader;
  loader.Put("x", "y");
  loader.Put("y", "x");
  EXPECT_EQ(Check(loader, "new", "x"), Reason::REASON_DEPTH_LIMIT);
  EXPECT_EQ(loader.loads, kTreeDepthMax + 1);
}

}  // namespace
}  // namespace daybook::domain
