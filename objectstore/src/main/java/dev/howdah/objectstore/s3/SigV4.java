// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.s3;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs requests with AWS Signature Version 4 (Amazon S3 API reference, "Authenticating Requests:
/// Using the Authorization Header").
final class SigV4 {
  static final String UNSIGNED = "UNSIGNED-PAYLOAD";
  private static final HexFormat HEX = HexFormat.of();
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private SigV4() {}

  /// The headers to add: `x-amz-date`, `x-amz-content-sha256`, the session token, `Authorization`.
  ///
  /// @param path percent-encoded exactly as it is sent
  /// @param query decoded names and values
  /// @param headers all that is sent and signed, names in lower case, `host` included
  /// @param payloadHash SHA-256 of the body in hexadecimal, or [#UNSIGNED]
  static Map<String, String> headers(
      String method,
      String path,
      SortedMap<String, String> query,
      Map<String, String> headers,
      String payloadHash,
      String region,
      Credentials credentials,
      Instant now) {
    var stamp = STAMP.format(now);
    var date = stamp.substring(0, 8);
    var added = new TreeMap<String, String>();
    added.put("x-amz-date", stamp);
    added.put("x-amz-content-sha256", payloadHash);
    var token = credentials.sessionToken();
    if (token != null) {
      added.put("x-amz-security-token", token);
    }
    var signed = new TreeMap<>(headers);
    signed.putAll(added);
    var names = String.join(";", signed.keySet());
    var canonical =
        method
            + "\n"
            + path
            + "\n"
            + query(query)
            + "\n"
            + signed.entrySet().stream()
                .map(h -> h.getKey() + ":" + h.getValue().strip() + "\n")
                .collect(Collectors.joining())
            + "\n"
            + names
            + "\n"
            + payloadHash;
    var scope = date + "/" + region + "/s3/aws4_request";
    var toSign =
        "AWS4-HMAC-SHA256\n"
            + stamp
            + "\n"
            + scope
            + "\n"
            + sha256(canonical.getBytes(StandardCharsets.UTF_8));
    var key = ("AWS4" + credentials.secretAccessKey()).getBytes(StandardCharsets.UTF_8);
    for (var step : new String[] {date, region, "s3", "aws4_request"}) {
      key = hmac(key, step);
    }
    added.remove("host");
    added.put(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s"
            .formatted(credentials.accessKeyId(), scope, names, HEX.formatHex(hmac(key, toSign))));
    return added;
  }

  /// The query string, encoded and in the order that both the request and the signature use.
  static String query(SortedMap<String, String> parameters) {
    return parameters.entrySet().stream()
        .map(p -> encode(p.getKey(), false) + "=" + encode(p.getValue(), false))
        .collect(Collectors.joining("&"));
  }

  /// Percent-encodes all but the unreserved characters; `/` too unless it parts a path.
  static String encode(String text, boolean isPath) {
    var encoded = new StringBuilder(text.length() + 16);
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain =
          (c >= 'A' && c <= 'Z')
              || (c >= 'a' && c <= 'z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '.'
              || c == '_'
              || c == '~'
              || (isPath && c == '/');
      if (plain) {
        encoded.append(c);
      } else {
        encoded.append('%').append("%02X".formatted((int) c));
      }
    }
    return encoded.toString();
  }

  static String sha256(byte[] bytes) {
    return HEX.formatHex(digest("SHA-256").digest(bytes));
  }

  static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
