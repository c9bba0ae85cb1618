// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.s3;

import dev.howdah.http.Answer;
import dev.howdah.http.Connections;
import dev.howdah.http.Patience;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import dev.howdah.objectstore.http.Faults;
import dev.howdah.objectstore.http.Trust;
import dev.howdah.objectstore.http.Xml;
import dev.howdah.objectstore.token.BearerToken;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;

/// One signed request to a bucket, and what its failure means.
final class Http implements AutoCloseable {
  private final S3Settings settings;
  private final Credentials.Source credentials;
  private final Connections connections;
  private final Patience patience;
  private final @Nullable BearerToken token;
  private final String host;
  private final String bucketPath;

  /// @param token instead of signatures, in another dialect than S3's
  Http(S3Settings settings, Credentials.Source credentials, @Nullable BearerToken token) {
    this.token = token;
    this.settings = settings;
    this.credentials = credentials;
    var endpoint =
        settings.endpoint() != null
            ? settings.endpoint()
            : URI.create("https://s3." + settings.region() + ".amazonaws.com");
    var authority = endpoint.getRawAuthority();
    if (authority == null) {
      throw new StoreException(
          Kind.REFUSED,
          "the endpoint URL " + endpoint + " names no host; write it as https://host[:port]");
    }
    this.host = settings.pathStyle() ? authority : settings.bucket() + "." + authority;
    var server = URI.create(endpoint.getScheme() + "://" + host);
    this.connections =
        new Connections(
            server,
            Trust.of(server, settings.caPem()),
            Connections.Repeat.ALL,
            settings.bandwidth());
    this.patience = new Patience(settings.requestTimeout(), Patience.Covers.HEAD);
    this.bucketPath = settings.pathStyle() ? "/" + SigV4.encode(settings.bucket(), true) : "";
  }

  /// Sends a request and returns the answer if it has one of the expected codes.
  ///
  /// @param key relative to the bucket, or empty for the bucket itself
  /// @param headers in lower case
  Answer send(
      String method,
      String key,
      SortedMap<String, String> query,
      Map<String, String> headers,
      @Nullable Body body,
      int... expected) {
    var path = bucketPath + "/" + SigV4.encode(key, true);
    var target = path + (query.isEmpty() ? "" : "?" + SigV4.query(query));
    var signed = new TreeMap<>(headers);
    signed.put("host", host);
    var all = new TreeMap<>(headers);
    if (settings.dialect() == Dialect.GOOGLE) {
      if (token != null) {
        all.put("authorization", "Bearer " + token.get());
      }
    } else {
      all.putAll(
          SigV4.headers(
              method,
              path,
              query,
              signed,
              payloadHash(body),
              settings.region(),
              credentials.get(),
              Instant.now()));
    }
    try {
      var answer = connections.send(method, target, all, body, patience);
      for (int code : expected) {
        if (answer.status() == code) {
          return answer;
        }
      }
      throw failure(method, key, body != null, answer);
    } catch (IOException e) {
      throw Faults.of(connections.base(), e);
    }
  }

  /// Over TLS the connection protects the body; on plain HTTP its hash is signed.
  private String payloadHash(@Nullable Body body) {
    if (body == null) {
      return SigV4.sha256(new byte[0]);
    }
    if (settings.isTls()) {
      return SigV4.UNSIGNED;
    }
    var digest = SigV4.digest("SHA-256");
    try (var in = body.open()) {
      var chunk = new byte[64 * 1024];
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        digest.update(chunk, 0, n);
      }
    } catch (IOException e) {
      throw new StoreException(Kind.REFUSED, "what to send can't be read: " + e.getMessage(), e);
    }
    return java.util.HexFormat.of().formatHex(digest.digest());
  }

  private StoreException failure(String method, String key, boolean sentBody, Answer response) {
    var code = new StringBuilder();
    var message = new StringBuilder();
    try (var in = response.body()) {
      Xml.walk(
          in,
          (path, text) -> {
            if (path.equals("Error/Code")) {
              code.append(text);
            } else if (path.equals("Error/Message")) {
              message.append(text);
            }
          });
    } catch (IOException | XMLStreamException e) {
      // an answer without a body, or not S3's: the status has to do
    }
    int status = response.status();
    var kind = kind(status, code.toString(), sentBody);
    var text =
        "%s s3://%s/%s: %d %s%s"
            .formatted(
                method,
                settings.bucket(),
                key,
                status,
                code,
                message.isEmpty() ? "" : ": " + message);
    return new StoreException(kind, text);
  }

  /// Some servers call a body that a broken line cut short just an invalid request.
  private static Kind kind(int status, String code, boolean sentBody) {
    return switch (code) {
      case "InvalidRequest", "BadRequest" -> sentBody ? Kind.CORRUPT : Kind.REFUSED;
      case "NoSuchBucket" -> Kind.NO_BUCKET;
      case "NoSuchKey", "NoSuchUpload" -> Kind.NOT_FOUND;
      case "BadDigest", "XAmzContentSHA256Mismatch", "IncompleteBody" -> Kind.CORRUPT;
      case "SlowDown",
          "RequestTimeout",
          "InternalError",
          "ServiceUnavailable",
          "OperationAborted" ->
          Kind.UNAVAILABLE;
      case "RequestTimeTooSkewed", "ExpiredToken" -> Kind.DENIED;
      case "XMinioStorageFull", "QuotaExceeded", "InsufficientStorage" -> Kind.FULL;
      default -> {
        if (status == 404) {
          yield Kind.NOT_FOUND;
        }
        if (status == 401 || status == 403) {
          yield Kind.DENIED;
        }
        if (status == 507) {
          yield Kind.FULL;
        }
        if (status == 501) {
          yield Kind.REFUSED; // it will not have learned it by the next try
        }
        yield status >= 500 || status == 429 || status == 408 ? Kind.UNAVAILABLE : Kind.REFUSED;
      }
    };
  }

  String base() {
    return connections.base().toString();
  }

  @Override
  public void close() {
    connections.close();
  }
}
