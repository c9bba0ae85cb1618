// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.howdah.objectstore.StoreException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each place in which AWS puts credentials, played by a server as AWS' manuals describe it (STS
/// API reference, AssumeRoleWithWebIdentity; EC2 user guide, IMDSv2; EKS user guide, Pod Identity).
class CredentialChainTest {
  private static final String JSON =
      """
      {"Code": "Success", "AccessKeyId": "ID%d", "SecretAccessKey": "secret", "Token": "token", "Expiration": "%s"}
      """;

  @TempDir private Path folder;
  private HttpServer server;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private int status = 200;
  private int given;
  private Instant now = Instant.parse("2026-11-21T10:00:00Z");

  @BeforeEach
  void serve() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/sts", this::sts);
    server.createContext("/latest", this::instance);
    server.createContext("/pod", this::pod);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    var bytes = text.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private String end() {
    return now.plus(Duration.ofHours(1)).toString();
  }

  private void sts(HttpExchange exchange) throws IOException {
    var form = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    asked.add(exchange.getRequestMethod() + " " + URLDecoder.decode(form, UTF_8));
    given++;
    answer(
        exchange,
        status,
        """
        <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <AssumeRoleWithWebIdentityResult>
            <AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/backup/pod</Arn><AssumedRoleId>AROA:pod</AssumedRoleId></AssumedRoleUser>
            <Credentials>
              <AccessKeyId>ID%d</AccessKeyId><SecretAccessKey>secret/+=</SecretAccessKey>
              <SessionToken>token</SessionToken><Expiration>%s</Expiration>
            </Credentials>
          </AssumeRoleWithWebIdentityResult>
        </AssumeRoleWithWebIdentityResponse>
        """
            .formatted(given, end()));
  }

  /// The second version of the service: nothing without its token.
  private void instance(HttpExchange exchange) throws IOException {
    var path = exchange.getRequestURI().getPath();
    var headers = exchange.getRequestHeaders();
    asked.add(exchange.getRequestMethod() + " " + path);
    boolean wantsToken = path.equals("/latest/api/token");
    boolean allowed =
        wantsToken
            ? exchange.getRequestMethod().equals("PUT")
                && headers.containsKey("X-aws-ec2-metadata-token-ttl-seconds")
            : "of the session".equals(headers.getFirst("X-aws-ec2-metadata-token"));
    var text =
        wantsToken
            ? "of the session"
            : path.endsWith("/security-credentials/") ? "the-role" : JSON.formatted(++given, end());
    answer(exchange, allowed ? status : 401, text);
  }

  private void pod(HttpExchange exchange) throws IOException {
    asked.add(exchange.getRequestHeaders().getFirst("Authorization"));
    answer(exchange, status, JSON.formatted(++given, end()));
  }

  private CredentialChain chain(Map<String, String> environment) {
    return new CredentialChain(environment, () -> now);
  }

  private CredentialChain webIdentity() throws IOException {
    var token = Files.writeString(folder.resolve("token"), "the.pod's.token\n");
    return chain(
        Map.of(
            "AWS_WEB_IDENTITY_TOKEN_FILE", token.toString(),
            "AWS_ROLE_ARN", "arn:aws:iam::1:role/backup",
            "AWS_ENDPOINT_URL_STS", url("/sts")));
  }

  @Test
  void aWebIdentityIsExchangedForKeysOfTheRole() throws Exception {
    var chain = webIdentity();

    assertThat(chain.get()).isEqualTo(new Credentials("ID1", "secret/+=", "token"));
    assertThat(chain.get().accessKeyId()).isEqualTo("ID1");
    assertThat(asked).hasSize(1);
    assertThat(asked.getFirst())
        .startsWith("POST ")
        .contains("Action=AssumeRoleWithWebIdentity", "Version=2011-06-15")
        .contains("RoleArn=arn:aws:iam::1:role/backup", "WebIdentityToken=the.pod's.token")
        .doesNotContain("\n");
  }

  @Test
  void temporaryKeysAreRenewedBeforeTheyEnd() throws Exception {
    var chain = webIdentity();
    chain.get();
    now = now.plus(Duration.ofMinutes(54));
    assertThat(chain.get().accessKeyId()).isEqualTo("ID1");
    now = now.plus(Duration.ofMinutes(2));

    assertThat(chain.get().accessKeyId()).isEqualTo("ID2");
    assertThat(chain.get().accessKeyId()).isEqualTo("ID2");
  }

  @Test
  void keysAreUsedToTheirEndWhileTheyCannotBeRenewedAndThatPasses() throws Exception {
    var chain = webIdentity();
    chain.get();
    status = 503;
    now = now.plus(Duration.ofMinutes(56));

    assertThat(chain.get().accessKeyId()).isEqualTo("ID1");
    assertThat(chain.get().accessKeyId()).isEqualTo("ID1");
    assertThat(asked).as("not with each request").hasSize(2);

    now = now.plus(Duration.ofMinutes(5));
    assertThatThrownBy(chain::get)
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.isTransient()).isTrue())
        .hasMessageContaining("503");
    status = 200;
    assertThat(chain.get().accessKeyId()).isEqualTo("ID4");
  }

  @Test
  void saysWhatToGiveWhereThereHaveNeverBeenAny() throws Exception {
    status = 403;

    assertThatThrownBy(webIdentity()::get)
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.isTransient()).isFalse())
        .hasMessageContaining("403")
        .hasMessageContaining("give s3Credentials, or bind a role to the service account");
  }

  @Test
  void aMachinesProfileIsAskedWithASession() {
    var chain =
        chain(
            Map.of(
                "AWS_EC2_METADATA_SERVICE_ENDPOINT", url("/"),
                "AWS_SHARED_CREDENTIALS_FILE", folder.resolve("none").toString()));

    assertThat(chain.get()).isEqualTo(new Credentials("ID1", "secret", "token"));
    assertThat(asked)
        .containsExactly(
            "PUT /latest/api/token",
            "GET /latest/meta-data/iam/security-credentials/",
            "GET /latest/meta-data/iam/security-credentials/the-role");
  }

  @Test
  void aPodsIdentityIsAskedWithItsToken() throws Exception {
    var token = Files.writeString(folder.resolve("token"), "the pod's");
    var chain =
        chain(
            Map.of(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI", url("/pod"),
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token.toString(),
                "AWS_SHARED_CREDENTIALS_FILE", folder.resolve("none").toString()));

    assertThat(chain.get()).isEqualTo(new Credentials("ID1", "secret", "token"));
    assertThat(asked).containsExactly("the pod's");
  }

  @Test
  void variablesComeFirstAndAFileBeforeAnyServer() throws Exception {
    var file =
        Files.writeString(
            folder.resolve("credentials"),
            """
            [default]
            aws_access_key_id = nobody's
            [backup]
            aws_access_key_id = of the file
            aws_secret_access_key=secret=
            """);
    var both =
        Map.of(
            "AWS_SHARED_CREDENTIALS_FILE", file.toString(),
            "AWS_PROFILE", "backup",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI", url("/pod"));
    var all = new java.util.HashMap<>(both);
    all.putAll(Map.of("AWS_ACCESS_KEY_ID", "of a variable", "AWS_SECRET_ACCESS_KEY", "secret"));

    assertThat(chain(both).get()).isEqualTo(new Credentials("of the file", "secret=", null));
    assertThat(chain(all).get()).isEqualTo(new Credentials("of a variable", "secret", null));
    assertThat(asked).isEmpty();
  }
}
