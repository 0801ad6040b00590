// daybookd and daybook over TLS: who gets through, who does not, and that half a configuration
// never ends in less protection than was asked for.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/certificates.h"
#include "tests/support/process.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

using ::testing::HasSubstr;

constexpr int kDone = 0;
constexpr int kNoConnection = 3;
constexpr int kCannotStart = 3;

class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const ProgramResult made =
        RunProgram({DaybookPath(), "init", "--data-dir", dir_, "--organisation", "Test Ltd",
                    "--currency", "USD", "--zone", "UTC"});
    ASSERT_EQ(made.exit_code, 0) << made.errors;
  }

  std::vector<std::string> ServerTls() const {
    return {"--tls-cert", server_.certificate, "--tls-key", server_.key};
  }
  std::vector<std::string> MutualTls() const {
    std::vector<std::string> arguments = ServerTls();
    arguments.insert(arguments.end(), {"--tls-client-ca", authority_.file()});
    return arguments;
  }
  // An authenticated query through the command line.
  ProgramResult Ask(const DaybookdProcess& server, const std::vector<std::string>& tls) const {
    std::vector<std::string> arguments = {
        DaybookPath(), "--server", server.address(), "--key-file", KeyFile(), "--timeout", "10"};
    arguments.insert(arguments.end(), tls.begin(), tls.end());
    arguments.insert(arguments.end(), {"view", "list"});
    return RunProgram(arguments);
  }
  // The exit code and message of a server that does not start.
  ProgramResult Serve(const std::string& listen, const std::vector<std::string>& tls) const {
    std::vector<std::string> arguments = {DaybookdPath(), "--data-dir", dir_, "--listen", listen};
    arguments.insert(arguments.end(), tls.begin(), tls.end());
    return RunProgram(arguments);
  }
  std::string KeyFile() const { return dir_ + "/admin.key"; }

  TempDirectory temp_;
  const std::string dir_ = temp_.path() + "/data";
  CertificateAuthority authority_{temp_.path(), "authority"};
  CertificateAuthority stranger_{temp_.path(), "stranger"};
  const CertificateAuthority::Files server_ = authority_.Issue("server", "IP:127.0.0.1");
};

TEST_F(TlsTest, WhoTrustsTheAuthorityGetsThroughBeyondLoopbackToo) {
  for (const char* listen : {"127.0.0.1:0", "0.0.0.0:0"}) {
    DaybookdProcess server(dir_, ServerTls(), listen);
    ASSERT_TRUE(server.listening()) << server.error();
    const ProgramResult asked = Ask(server, {"--tls-ca", authority_.file()});
    EXPECT_EQ(asked.exit_code, kDone) << asked.errors;
    EXPECT_THAT(asked.output, HasSubstr("sales_board"));
    EXPECT_EQ(server.Terminate(), 0);
  }
}

TEST_F(TlsTest, ClientsThatDoNotTrustTheServerDoNotTalkToIt) {
  DaybookdProcess server(dir_, ServerTls());
  ASSERT_TRUE(server.listening()) << server.error();
  EXPECT_EQ(Ask(server, {}).exit_code, kNoConnection) << "plaintext";
  EXPECT_EQ(Ask(server, {"--tls-ca", stranger_.file()}).exit_code, kNoConnection);
}

TEST_F(TlsTest, CertificateOfAnotherNameIsNotTaken) {
  const auto other = authority_.Issue("other", "DNS:crm.example.com");
  DaybookdProcess server(dir_, {"--tls-cert", other.certificate, "--tls-key", other.key});
  ASSERT_TRUE(server.listening()) << server.error();
  EXPECT_EQ(Ask(server, {"--tls-ca", authority_.file()}).exit_code, kNoConnection);
}

TEST_F(TlsTest, TlsClientDoesNotFallBackToPlaintext) {
  DaybookdProcess server(dir_);
  ASSERT_TRUE(server.listening()) << server.error();
  EXPECT_EQ(Ask(server, {}).exit_code, kDone);
  EXPECT_EQ(Ask(server, {"--tls-ca", authority_.file()}).exit_code, kNoConnection);
}

TEST_F(TlsTest, MutualTlsDemandsACertificateOfTheAuthority) {
  DaybookdProcess server(dir_, MutualTls());
  ASSERT_TRUE(server.listening()) << server.error();
  const auto client = authority_.Issue("client", "DNS:client");
  const auto intruder = stranger_.Issue("intruder", "DNS:client");
  const auto ask_as = [&](const CertificateAuthority::Files& files) {
    return Ask(server, {"--tls-ca", authority_.file(), "--tls-cert", files.certificate, "--tls-key",
                        files.key});
  };
  const ProgramResult asked = ask_as(client);
  EXPECT_EQ(asked.exit_code, kDone) << asked.errors;
  EXPECT_EQ(ask_as(intruder).exit_code, kNoConnection);
  EXPECT_EQ(Ask(server, {"--tls-ca", authority_.file()}).exit_code, kNoConnection);
}

TEST_F(TlsTest, PlaintextBeyondLoopbackIsRefused) {
  for (const char* listen : {"0.0.0.0:0", "[::]:0", "127.example.com:0", "10.0.0.1:0"}) {
    const ProgramResult refused = Serve(listen, {});
    EXPECT_EQ(refused.exit_code, kCannotStart) << listen;
    EXPECT_THAT(refused.errors, HasSubstr("plaintext is served on loopback only")) << listen;
  }
}

TEST_F(TlsTest, HalfAConfigurationIsRefusedOnLoopbackToo) {
  const std::vector<std::vector<std::string>> halves = {
      {"--tls-cert", server_.certificate},
      {"--tls-key", server_.key},
      {"--tls-client-ca", authority_.file()},
  };
  for (const std::vector<std::string>& half : halves) {
    const ProgramResult refused = Serve("127.0.0.1:0", half);
    EXPECT_EQ(refused.exit_code, kCannotStart) << half[0];
    EXPECT_THAT(refused.errors, HasSubstr("--tls-cert and --tls-key are given together"));
  }
}

TEST_F(TlsTest, UnusableFilesAreNamed) {
  const auto refusal = [&](const std::string& certificate, const std::string& key) {
    const ProgramResult refused =
        Serve("127.0.0.1:0", {"--tls-cert", certificate, "--tls-key", key});
    EXPECT_EQ(refused.exit_code, kCannotStart) << refused.errors;
    return refused.errors;
  };
  const std::string missing = temp_.path() + "/missing.pem";
  EXPECT_THAT(refusal(missing, server_.key), HasSubstr("--tls-cert " + missing));
  EXPECT_THAT(refusal(server_.certificate, missing), HasSubstr("--tls-key " + missing));
  // A key that belongs to another certificate, and no certificate at all
  const auto other = authority_.Issue("other", "IP:127.0.0.1");
  EXPECT_THAT(refusal(server_.certificate, other.key), HasSubstr("--tls-key not the key"));
  const std::string garbage = temp_.path() + "/garbage.pem";
  std::ofstream(garbage) << "not a certificate";
  EXPECT_THAT(refusal(garbage, server_.key), HasSubstr("--tls-cert is not a PEM chain"));
}

}  // namespace
}  // namespace daybook::testing
