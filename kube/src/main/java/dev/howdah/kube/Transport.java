// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.http.Answer;
import dev.howdah.http.Connections;
import dev.howdah.http.Content;
import dev.howdah.http.Patience;
import dev.howdah.http.Toll;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// HTTP with the API server: one request, one answer or a [KubeException], never later than the
/// deadline.
final class Transport implements AutoCloseable {
  private static final Duration TOKEN_LIFE = Duration.ofSeconds(30);

  /// More patience than this isn't had, whatever a server asks for.
  private static final Duration LONGEST_PATIENCE = Duration.ofMinutes(2);

  private final KubeSettings settings;
  private final String prefix;
  private final Connections connections;
  private volatile FileToken fileToken = new FileToken("", Long.MIN_VALUE);

  private record FileToken(String token, long readAt) {}

  /// One exchange with the server.
  @FunctionalInterface
  private interface Exchange<T> {
    T run() throws IOException;
  }

  Transport(KubeSettings settings) throws GeneralSecurityException, IOException {
    this.settings = settings;
    URI server = settings.server();
    this.prefix = server.getRawPath() == null ? "" : server.getRawPath();
    boolean secure = "https".equals(server.getScheme());
    this.connections =
        new Connections(
            URI.create(server.getScheme() + "://" + server.getRawAuthority()),
            secure ? Tls.context(settings).getSocketFactory() : null,
            Connections.Repeat.READS,
            Toll.NONE);
  }

  byte[] call(
      String method,
      String pathAndQuery,
      byte @Nullable [] body,
      String contentType,
      Duration deadline) {
    String what = method + " " + pathAndQuery;
    long start = System.nanoTime();
    var headers = headers();
    if (body != null) {
      headers.put("Content-Type", contentType);
    }
    return onVirtualThread(
        what,
        () -> {
          try (Answer answer =
              send(
                  method,
                  pathAndQuery,
                  headers,
                  body,
                  new Patience(deadline, Patience.Covers.ALL))) {
            byte[] text = answer.body().readAllBytes();
            if (answer.status() >= 300) {
              throw refusal(what, answer, text);
            }
            return text;
          } catch (IOException e) {
            throw failure(what, start, deadline, e);
          }
        });
  }

  InputStream open(String pathAndQuery, Duration deadline) {
    String what = "GET " + pathAndQuery;
    long start = System.nanoTime();
    var headers = headers();
    return onVirtualThread(
        what,
        () -> {
          try {
            Answer answer =
                send(
                    "GET",
                    pathAndQuery,
                    headers,
                    null,
                    new Patience(deadline, Patience.Covers.HEAD_OF_STREAM));
            if (answer.status() < 300) {
              return answer.body();
            }
            try (answer) {
              throw refusal(what, answer, answer.body().readNBytes(1 << 16));
            }
          } catch (IOException e) {
            throw failure(what, start, deadline, e);
          }
        });
  }

  private Answer send(
      String method,
      String pathAndQuery,
      Map<String, String> headers,
      byte @Nullable [] body,
      Patience patience)
      throws IOException {
    Answer answer =
        connections.send(
            method,
            prefix + pathAndQuery,
            headers,
            body == null ? null : Content.of(body),
            patience);
    if (answer.status() == 401) {
      fileToken = new FileToken("", Long.MIN_VALUE);
    }
    return answer;
  }

  /// What waits for the network in a virtual thread ends when it is interrupted; a platform
  /// thread's wait wouldn't, so a virtual one waits for it.
  private <T> T onVirtualThread(String what, Exchange<T> exchange) {
    try {
      if (Thread.currentThread().isVirtual()) {
        return exchange.run();
      }
      var result = new CompletableFuture<T>();
      Thread worker =
          Thread.ofVirtual()
              .name("kube-http")
              .start(() -> {
                try {
                  result.complete(exchange.run());
                } catch (IOException | RuntimeException e) {
                  result.completeExceptionally(e);
                }
              });
      try {
        return result.get();
      } catch (InterruptedException e) {
        worker.interrupt();
        Thread.currentThread().interrupt();
        throw new KubeException(0, "Interrupted", what + ": interrupted", e);
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KubeException known
          ? known
          : new KubeException(0, KubeException.UNREACHABLE, what + ": " + e.getCause(), e);
    } catch (IOException e) {
      throw broken(what, e);
    }
  }

  private KubeException failure(String what, long start, Duration deadline, IOException cause) {
    if (Thread.currentThread().isInterrupted()) {
      return new KubeException(0, "Interrupted", what + ": interrupted", cause);
    }
    boolean late = System.nanoTime() - start >= deadline.toNanos();
    return late || cause instanceof SocketTimeoutException
        ? new KubeException(
            0,
            KubeException.DEADLINE,
            what + ": no answer within " + deadline.toMillis() + " ms",
            cause)
        : new KubeException(
            0,
            KubeException.UNREACHABLE,
            "%s: no answer from %s: %s".formatted(what, settings.server(), describe(cause)),
            cause);
  }

  private Map<String, String> headers() {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Accept", "application/json, */*");
    headers.put("User-Agent", "howdah");
    String authorization = authorization();
    if (authorization != null) {
      headers.put("Authorization", authorization);
    }
    return headers;
  }

  private static String describe(Throwable cause) {
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }

  private static KubeException refusal(String what, Answer answer, byte[] body) {
    int code = answer.status();
    try {
      ObjectNode status = Json.parse(body);
      if (status.path("kind").asText().equals("Status")) {
        return new KubeException(
            code,
            status.path("reason").asText("Unknown"),
            status.path("message").asText(what + ": HTTP " + code),
            retryAfter(answer, status.path("details").path("retryAfterSeconds").asLong(0)),
            status.path("details"),
            null);
      }
    } catch (IOException e) {
      // Not a Status: a proxy's page, say. Its beginning is the best there is.
    }
    String text = new String(body, StandardCharsets.UTF_8).strip();
    String start = text.length() > 200 ? text.substring(0, 200) : text;
    return new KubeException(
        code,
        "Unknown",
        what + ": HTTP " + code + " " + start,
        retryAfter(answer, 0),
        MissingNode.getInstance(),
        null);
  }

  /// The header counts in seconds; one that names a date is of a proxy and isn't read.
  private static Duration retryAfter(Answer answer, long otherwise) {
    String header = answer.header("retry-after").orElse("");
    long seconds = header.matches("\\d{1,6}") ? Long.parseLong(header) : otherwise;
    return Duration.ofSeconds(Math.clamp(seconds, 0, LONGEST_PATIENCE.toSeconds()));
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
    connections.close();
  }
}
