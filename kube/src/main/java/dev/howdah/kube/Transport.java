// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// HTTP with the API server: one request, one answer or a [KubeException], never later than the
/// deadline.
final class Transport implements AutoCloseable {
  private static final Duration TOKEN_LIFE = Duration.ofSeconds(30);

  private final KubeSettings settings;
  private final ExecutorService executor;
  private final HttpClient http;
  private volatile FileToken fileToken = new FileToken("", Long.MIN_VALUE);

  private record FileToken(String token, long readAt) {}

  Transport(KubeSettings settings) throws GeneralSecurityException, IOException {
    this.settings = settings;
    this.executor =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("kube-http-", 0).factory());
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .sslContext(Tls.context(settings))
            .executor(executor)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
  }

  byte[] call(
      String method,
      String pathAndQuery,
      byte @Nullable [] body,
      String contentType,
      Duration deadline) {
    String what = method + " " + pathAndQuery;
    HttpRequest.Builder request = request(pathAndQuery, deadline);
    if (body != null) {
      request.header("Content-Type", contentType);
    }
    request.method(
        method,
        body == null
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofByteArray(body));
    HttpResponse<byte[]> response =
        send(request.build(), HttpResponse.BodyHandlers.ofByteArray(), what, deadline);
    if (response.statusCode() >= 300) {
      throw refusal(what, response.statusCode(), response.body());
    }
    return response.body();
  }

  InputStream open(String pathAndQuery, Duration deadline) {
    String what = "GET " + pathAndQuery;
    HttpRequest request = request(pathAndQuery, deadline).GET().build();
    HttpResponse<InputStream> response =
        send(request, HttpResponse.BodyHandlers.ofInputStream(), what, deadline);
    if (response.statusCode() < 300) {
      return response.body();
    }
    try (InputStream body = response.body()) {
      throw refusal(what, response.statusCode(), body.readNBytes(1 << 16));
    } catch (IOException e) {
      throw refusal(what, response.statusCode(), new byte[0]);
    }
  }

  private HttpRequest.Builder request(String pathAndQuery, Duration deadline) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(settings.server() + pathAndQuery))
            .timeout(deadline)
            .header("Accept", "application/json, */*")
            .header("User-Agent", "howdah");
    String authorization = authorization();
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    return request;
  }

  private <T> HttpResponse<T> send(
      HttpRequest request, HttpResponse.BodyHandler<T> handler, String what, Duration deadline) {
    var answer = http.sendAsync(request, handler);
    try {
      HttpResponse<T> response = answer.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
      if (response.statusCode() == 401) {
        fileToken = new FileToken("", Long.MIN_VALUE);
      }
      return response;
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new KubeException(
          0, KubeException.DEADLINE, what + ": no answer within " + deadline.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      boolean late = cause instanceof java.net.http.HttpTimeoutException;
      throw new KubeException(
          0,
          late ? KubeException.DEADLINE : KubeException.UNREACHABLE,
          "%s: no answer from %s: %s".formatted(what, settings.server(), describe(cause)),
          cause);
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new KubeException(0, "Interrupted", what + ": interrupted", e);
    }
  }

  private static String describe(Throwable cause) {
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }

  private static KubeException refusal(String what, int code, byte[] body) {
    try {
      ObjectNode status = Json.parse(body);
      if (status.path("kind").asText().equals("Status")) {
        return new KubeException(
            code,
            status.path("reason").asText("Unknown"),
            status.path("message").asText(what + ": HTTP " + code),
            status.path("details"),
            null);
      }
    } catch (IOException e) {
      // Not a Status: a proxy's page, say. Its beginning is the best there is.
    }
    String text = new String(body, StandardCharsets.UTF_8).strip();
    String start = text.length() > 200 ? text.substring(0, 200) : text;
    return new KubeException(code, "Unknown", what + ": HTTP " + code + " " + start, null);
  }

  private @Nullable String authorization() {
    return switch (settings.credential()) {
      case KubeSettings.Credential.Anonymous _ -> null;
      case KubeSettings.Credential.ClientCertificate _ -> null;
      case KubeSettings.Credential.Token(var token) -> "Bearer " + token;
      case KubeSettings.Credential.TokenFile(var file) -> "Bearer " + token(file);
      case KubeSettings.Credential.Basic(var user, var password) ->
          "Basic "
              + Base64.getEncoder()
                  .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    };
  }

  private String token(Path file) {
    FileToken known = fileToken;
    long now = System.nanoTime();
    if (!known.token.isEmpty() && now - known.readAt < TOKEN_LIFE.toNanos()) {
      return known.token;
    }
    try {
      String token = Files.readString(file).strip();
      fileToken = new FileToken(token, now);
      return token;
    } catch (IOException e) {
      if (known.token.isEmpty()) {
        throw new KubeException(0, "NoToken", "the token file " + file + " is not readable", e);
      }
      return known.token;
    }
  }

  /// Turns what a stream throws into our exception; an interrupt stays one.
  static KubeException broken(String what, IOException cause) {
    String reason =
        cause instanceof InterruptedIOException ? "Interrupted" : KubeException.UNREACHABLE;
    return new KubeException(0, reason, what + ": " + describe(cause), cause);
  }

  @Override
  public void close() {
    http.shutdownNow();
    executor.shutdownNow();
  }
}
