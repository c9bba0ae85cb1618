// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.azure;

import dev.howdah.http.Answer;
import dev.howdah.http.Connections;
import dev.howdah.http.Patience;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import dev.howdah.objectstore.http.Faults;
import dev.howdah.objectstore.http.Trust;
import dev.howdah.objectstore.http.Xml;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;

/// One authorized request to a container, and what its failure means.
final class AzureHttp implements AutoCloseable {
  private static final String VERSION = "2021-08-06";
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT);
  private final AzureSettings settings;
  private final AzureLogin login;
  private final Connections connections;
  private final Patience patience;
  private final String root;

  AzureHttp(AzureSettings settings, AzureLogin login) {
    this.settings = settings;
    this.login = login;
    var endpoint = settings.endpoint();
    var server = URI.create(endpoint.getScheme() + "://" + endpoint.getRawAuthority());
    this.connections =
        new Connections(
            server,
            Trust.of(server, settings.caPem()),
            Connections.Repeat.ALL,
            settings.bandwidth());
    this.patience = new Patience(settings.requestTimeout(), Patience.Covers.HEAD);
    var path = endpoint.getRawPath() == null ? "" : endpoint.getRawPath().replaceAll("/+$", "");
    this.root = path + "/" + encode(settings.container(), true);
  }

  /// Sends a request and returns the answer if it has one of the expected codes.
  Answer send(
      String method,
      String blob,
      Map<String, String> query,
      Map<String, String> headers,
      @Nullable Body body,
      int... expected) {
    var path = root + (blob.isEmpty() ? "" : "/" + encode(blob, true));
    var all = new TreeMap<>(headers);
    all.put("x-ms-version", VERSION);
    all.put("x-ms-date", DATE.format(ZonedDateTime.now(ZoneOffset.UTC)));
    var text =
        new TreeMap<>(query)
            .entrySet().stream()
                .map(q -> encode(q.getKey(), false) + "=" + encode(q.getValue(), false))
                .collect(Collectors.joining("&"));
    switch (login) {
      case AzureLogin.AccountKey(var key) ->
          all.put(
              "authorization",
              "SharedKey %s:%s"
                  .formatted(
                      settings.account(),
                      sign(
                          key,
                          toSign(method, path, query, all, body == null ? 0 : body.length()))));
      case AzureLogin.SharedAccess(var signature) -> {
        var bare = signature.startsWith("?") ? signature.substring(1) : signature;
        text = text.isEmpty() ? bare : text + "&" + bare;
      }
      case AzureLogin.Identity(var token) -> all.put("authorization", "Bearer " + token.get());
    }
    try {
      var answer =
          connections.send(method, text.isEmpty() ? path : path + "?" + text, all, body, patience);
      for (int code : expected) {
        if (answer.status() == code) {
          return answer;
        }
      }
      throw failure(method, blob, answer);
    } catch (IOException e) {
      throw Faults.of(connections.base(), e);
    }
  }

  /// The string that Shared Key signs ("Authorize with Shared Key").
  private String toSign(
      String method,
      String path,
      Map<String, String> query,
      TreeMap<String, String> headers,
      long length) {
    var text = new StringBuilder(method).append("\n\n\n");
    text.append(length == 0 ? "" : Long.toString(length)).append('\n');
    text.append(headers.getOrDefault("content-md5", "")).append("\n\n\n\n\n");
    text.append(headers.getOrDefault("if-none-match", "")).append("\n\n\n");
    headers.forEach((name, value) -> {
      if (name.startsWith("x-ms-")) {
        text.append(name).append(':').append(value.strip()).append('\n');
      }
    });
    text.append('/').append(settings.account()).append(path);
    new TreeMap<>(query)
        .forEach((name, value) -> text.append('\n').append(name).append(':').append(value));
    return text.toString();
  }

  private static String sign(String key, String text) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(Base64.getDecoder().decode(key), "HmacSHA256"));
      return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (IllegalArgumentException e) {
      throw new StoreException(
          Kind.DENIED, "the storage account's key is no base64; copy it whole", e);
    }
  }

  StoreException failure(String method, String blob, Answer answer) {
    var code = new StringBuilder(answer.header("x-ms-error-code").orElse(""));
    try (var in = answer.body()) {
      Xml.walk(
          in,
          (path, text) -> {
            if (path.equals("Error/Code") && code.isEmpty()) {
              code.append(text);
            }
          });
    } catch (IOException | XMLStreamException e) {
      // an answer without a body: the status has to do
    }
    return new StoreException(
        kind(answer.status(), code.toString()),
        "%s %s/%s/%s: %d %s"
            .formatted(
                method, settings.endpoint(), settings.container(), blob, answer.status(), code));
  }

  private static Kind kind(int status, String code) {
    return switch (code) {
      case "ContainerNotFound" -> Kind.NO_BUCKET;
      case "BlobNotFound", "ResourceNotFound" -> Kind.NOT_FOUND;
      case "Md5Mismatch" -> Kind.CORRUPT;
      case "ServerBusy", "OperationTimedOut", "InternalError" -> Kind.UNAVAILABLE;
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

  /// Percent-encodes all but the unreserved characters; `/` too unless it parts a path.
  static String encode(String text, boolean isPath) {
    var encoded = new StringBuilder(text.length() + 16);
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if ((c >= 'A' && c <= 'Z')
          || (c >= 'a' && c <= 'z')
          || (c >= '0' && c <= '9')
          || "-._~".indexOf(c) >= 0
          || (isPath && c == '/')) {
        encoded.append(c);
      } else {
        encoded.append('%').append("%02X".formatted((int) c));
      }
    }
    return encoded.toString();
  }

  @Override
  public void close() {
    connections.close();
  }
}
