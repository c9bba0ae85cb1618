// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import dev.howdah.objectstore.http.Xml;
import dev.howdah.objectstore.token.Renewed;
import dev.howdah.objectstore.token.Renewed.Lent;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;

/// Finds AWS credentials where the environment has them, in AWS' own order: variables, a web
/// identity (service accounts of EKS and others), the shared credentials file, a container's
/// endpoint (EKS Pod Identity, ECS), the machine's instance profile. Temporary ones are [Renewed].
public final class CredentialChain implements Credentials.Source {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final String INSTANCE = "http://169.254.169.254";

  private final Map<String, String> environment;
  private final Renewed<Credentials> credentials;

  CredentialChain(Map<String, String> environment, InstantSource clock) {
    this.environment = Map.copyOf(environment);
    this.credentials = new Renewed<>(this::find, clock);
  }

  public static CredentialChain ofEnvironment(Map<String, String> environment) {
    return new CredentialChain(environment, InstantSource.system());
  }

  /// The region that the environment names; empty if none.
  public static String region(Map<String, String> environment) {
    return environment.getOrDefault(
        "AWS_REGION", environment.getOrDefault("AWS_DEFAULT_REGION", ""));
  }

  @Override
  public Credentials get() {
    return credentials.get();
  }

  private Lent<Credentials> find() {
    var id = variable("AWS_ACCESS_KEY_ID");
    if (!id.isEmpty()) {
      var token = variable("AWS_SESSION_TOKEN");
      return new Lent<>(
          new Credentials(id, variable("AWS_SECRET_ACCESS_KEY"), token.isEmpty() ? null : token),
          Instant.MAX);
    }
    try {
      if (!variable("AWS_WEB_IDENTITY_TOKEN_FILE").isEmpty()) {
        return webIdentity();
      }
      var file = credentialsFile();
      if (file != null) {
        return file;
      }
      if (!variable("AWS_CONTAINER_CREDENTIALS_FULL_URI").isEmpty()
          || !variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").isEmpty()) {
        return container();
      }
      return instanceProfile();
    } catch (IOException | XMLStreamException e) {
      throw new StoreException(
          Kind.DENIED,
          "no AWS credentials: neither AWS_ACCESS_KEY_ID, nor a web identity, nor a credentials file, nor a role of this pod or machine ("
              + e
              + "); give s3Credentials, or bind a role to the service account",
          e);
    }
  }

  private String variable(String name) {
    return environment.getOrDefault(name, "").strip();
  }

  private Lent<Credentials> webIdentity() throws IOException, XMLStreamException {
    var region = region(environment);
    var host = region.isEmpty() ? "sts.amazonaws.com" : "sts." + region + ".amazonaws.com";
    var endpoint = variable("AWS_ENDPOINT_URL_STS");
    var form = new TreeMap<String, String>();
    form.put("Action", "AssumeRoleWithWebIdentity");
    form.put("Version", "2011-06-15");
    form.put("RoleArn", variable("AWS_ROLE_ARN"));
    var session = variable("AWS_ROLE_SESSION_NAME");
    form.put("RoleSessionName", session.isEmpty() ? "howdah" : session);
    form.put(
        "WebIdentityToken",
        Files.readString(Path.of(variable("AWS_WEB_IDENTITY_TOKEN_FILE"))).strip());
    var answer =
        exchange(
            HttpRequest.newBuilder(URI.create(endpoint.isEmpty() ? "https://" + host : endpoint))
                .header("content-type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(SigV4.query(form))));
    var values = new TreeMap<String, String>();
    Xml.walk(
        new java.io.ByteArrayInputStream(answer.getBytes(StandardCharsets.UTF_8)),
        (path, text) -> values.put(path.substring(path.lastIndexOf('/') + 1), text));
    return temporary(
        values.getOrDefault("AccessKeyId", ""),
        values.getOrDefault("SecretAccessKey", ""),
        values.getOrDefault("SessionToken", ""),
        values.getOrDefault("Expiration", ""));
  }

  private @Nullable Lent<Credentials> credentialsFile() throws IOException {
    var named = variable("AWS_SHARED_CREDENTIALS_FILE");
    var file =
        named.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".aws", "credentials")
            : Path.of(named);
    if (!Files.isReadable(file)) {
      return null;
    }
    var profile = variable("AWS_PROFILE");
    var section = "[" + (profile.isEmpty() ? "default" : profile) + "]";
    var values = new TreeMap<String, String>();
    boolean mine = false;
    for (var line : Files.readAllLines(file)) {
      var bare = line.strip();
      if (bare.startsWith("[")) {
        mine = bare.equals(section);
      } else if (mine && bare.indexOf('=') > 0) {
        int equals = bare.indexOf('=');
        values.put(bare.substring(0, equals).strip(), bare.substring(equals + 1).strip());
      }
    }
    var id = values.get("aws_access_key_id");
    return id == null
        ? null
        : new Lent<>(
            new Credentials(
                id,
                values.getOrDefault("aws_secret_access_key", ""),
                values.get("aws_session_token")),
            Instant.MAX);
  }

  private Lent<Credentials> container() throws IOException {
    var full = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    var uri =
        full.isEmpty()
            ? "http://169.254.170.2" + variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
            : full;
    var request = HttpRequest.newBuilder(URI.create(uri));
    var tokenFile = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    var token =
        tokenFile.isEmpty()
            ? variable("AWS_CONTAINER_AUTHORIZATION_TOKEN")
            : Files.readString(Path.of(tokenFile)).strip();
    if (!token.isEmpty()) {
      request.header("Authorization", token);
    }
    return temporary(JSON.readTree(exchange(request)));
  }

  private Lent<Credentials> instanceProfile() throws IOException {
    var base = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    var metadata = base.isEmpty() ? INSTANCE : base.replaceAll("/+$", "");
    var token =
        exchange(
            HttpRequest.newBuilder(URI.create(metadata + "/latest/api/token"))
                .header("X-aws-ec2-metadata-token-ttl-seconds", "21600")
                .PUT(BodyPublishers.noBody()));
    var roles = metadata + "/latest/meta-data/iam/security-credentials/";
    var role = exchange(withToken(roles, token)).lines().findFirst().orElse("").strip();
    return temporary(JSON.readTree(exchange(withToken(roles + role, token))));
  }

  private static HttpRequest.Builder withToken(String uri, String token) {
    return HttpRequest.newBuilder(URI.create(uri)).header("X-aws-ec2-metadata-token", token);
  }

  private static Lent<Credentials> temporary(JsonNode answer) throws IOException {
    return temporary(
        answer.path("AccessKeyId").asText(),
        answer.path("SecretAccessKey").asText(),
        answer.path("Token").asText(),
        answer.path("Expiration").asText());
  }

  private static Lent<Credentials> temporary(String id, String secret, String token, String end)
      throws IOException {
    if (id.isEmpty() || secret.isEmpty()) {
      throw new IOException("the answer held no keys");
    }
    return new Lent<>(
        new Credentials(id, secret, token.isEmpty() ? null : token),
        end.isEmpty() ? Instant.now().plus(Duration.ofHours(1)) : Instant.parse(end));
  }

  private static String exchange(HttpRequest.Builder request) throws IOException {
    try (var client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build()) {
      var answer = client.send(request.timeout(TIMEOUT).build(), BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new IOException(
            "%s answered %d".formatted(answer.request().uri().getHost(), answer.statusCode()));
      }
      return answer.body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
