// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.s3;

import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;

/// One signed request to a bucket, and what its failure means.
final class Http implements AutoCloseable {
  private final S3Settings settings;
  private final Credentials.Source credentials;
  private final HttpClient client;
  private final String base;
  private final String host;
  private final String bucketPath;

  Http(S3Settings settings, Credentials.Source credentials) {
    this.settings = settings;
    this.credentials = credentials;
    var builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10));
    var ca = settings.caPem();
    if (ca != null) {
      builder.sslContext(trusting(ca));
    }
    this.client = builder.build();
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
    this.base = endpoint.getScheme() + "://" + host;
    this.bucketPath = settings.pathStyle() ? "/" + SigV4.encode(settings.bucket(), true) : "";
  }

  private static SSLContext trusting(String pem) {
    try {
      var store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      var in = new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
      int n = 0;
      for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca" + n++, certificate);
      }
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      var context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new StoreException(
          Kind.REFUSED, "the endpoint's CA is no PEM certificate: " + e.getMessage(), e);
    }
  }

  /// Sends a request and returns the answer if it has one of the expected codes.
  ///
  /// @param key relative to the bucket, or empty for the bucket itself
  /// @param headers in lower case
  HttpResponse<InputStream> send(
      String method,
      String key,
      SortedMap<String, String> query,
      Map<String, String> headers,
      @Nullable Body body,
      int... expected) {
    var path = bucketPath + "/" + SigV4.encode(key, true);
    var url = base + path + (query.isEmpty() ? "" : "?" + SigV4.query(query));
    var all = new TreeMap<>(headers);
    all.put("host", host);
    var request = HttpRequest.newBuilder(URI.create(url)).timeout(settings.requestTimeout());
    SigV4.headers(
            method,
            path,
            query,
            all,
            payloadHash(body),
            settings.region(),
            credentials.get(),
            Instant.now())
        .forEach(request::header);
    headers.forEach(request::header);
    request.method(method, body == null ? BodyPublishers.noBody() : publisher(body));
    try {
      var response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      for (int code : expected) {
        if (response.statusCode() == code) {
          return response;
        }
      }
      throw failure(method, key, response);
    } catch (IOException | UncheckedIOException e) {
      throw unreachable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(Kind.REFUSED, "interrupted", e);
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

  private static BodyPublisher publisher(Body body) {
    if (body.length() == 0) {
      return BodyPublishers.noBody();
    }
    var stream =
        BodyPublishers.ofInputStream(() -> {
          try {
            return body.open();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    return BodyPublishers.fromPublisher(stream, body.length());
  }

  private StoreException unreachable(Exception e) {
    var cause = e instanceof UncheckedIOException unchecked ? unchecked.getCause() : e;
    var where = "the object store at " + base;
    if (cause instanceof HttpTimeoutException) {
      return new StoreException(Kind.UNAVAILABLE, where + " did not answer in time", e);
    }
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof UnresolvedAddressException) {
        return new StoreException(
            Kind.UNREACHABLE,
            where + " can't be found: its name doesn't resolve; check endpointURL",
            e);
      }
      if (t instanceof SSLException) {
        return new StoreException(
            Kind.UNREACHABLE,
            where
                + " has a certificate that isn't trusted: "
                + t.getMessage()
                + "; give its certificate authority as endpointCA",
            e);
      }
    }
    return new StoreException(
        cause instanceof ConnectException ? Kind.UNREACHABLE : Kind.UNAVAILABLE,
        where + " can't be reached: " + cause,
        e);
  }

  private StoreException failure(String method, String key, HttpResponse<InputStream> response) {
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
    int status = response.statusCode();
    var kind = kind(status, code.toString());
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

  private static Kind kind(int status, String code) {
    return switch (code) {
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
      default -> {
        if (status == 404) {
          yield Kind.NOT_FOUND;
        }
        if (status == 401 || status == 403) {
          yield Kind.DENIED;
        }
        yield status >= 500 || status == 429 || status == 408 ? Kind.UNAVAILABLE : Kind.REFUSED;
      }
    };
  }

  String base() {
    return base;
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
