// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.wire;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/// SCRAM-SHA-256 (RFC 5802, RFC 7677): what PostgreSQL stores instead of a password, and how a
/// client proves that it knows the password.
public final class Scram {
  /// PostgreSQL's default (`scram_iterations`).
  public static final int ITERATIONS = 4096;

  private static final int SALT_BYTES = 16;
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Pattern VERIFIER =
      Pattern.compile(
          "SCRAM-SHA-256\\$\\d{1,9}:[A-Za-z0-9+/]+=*\\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=");
  private static final Pattern MD5 = Pattern.compile("md5[0-9a-f]{32}");

  private Scram() {}

  /// Whether the text is what PostgreSQL stores, rather than a password.
  public static boolean isVerifier(String text) {
    return VERIFIER.matcher(text).matches() || MD5.matcher(text).matches();
  }

  /// What PostgreSQL stores for a password, with a salt of its own.
  public static String verifier(String password) {
    byte[] salt = new byte[SALT_BYTES];
    RANDOM.nextBytes(salt);
    return verifier(password, salt, ITERATIONS);
  }

  static String verifier(String password, byte[] salt, int iterations) {
    byte[] salted = saltedPassword(password, salt, iterations);
    byte[] storedKey = sha256(hmac(salted, "Client Key"));
    byte[] serverKey = hmac(salted, "Server Key");
    return "SCRAM-SHA-256$%d:%s$%s:%s"
        .formatted(iterations, base64(salt), base64(storedKey), base64(serverKey));
  }

  /// Whether a stored verifier belongs to this password, so that it need not be set again.
  public static boolean matches(String verifier, String password) {
    if (!VERIFIER.matcher(verifier).matches()) {
      return false;
    }
    String[] part = verifier.split("[$:]", -1);
    byte[] salt = Base64.getDecoder().decode(part[2]);
    String again = verifier(password, salt, Integer.parseInt(part[1]));
    return MessageDigest.isEqual(
        again.getBytes(StandardCharsets.US_ASCII), verifier.getBytes(StandardCharsets.US_ASCII));
  }

  /// A client's side of one authentication.
  static final class Exchange {
    private final String user;
    private final String password;
    private final String nonce;
    private String authMessage = "";
    private byte[] salted = {};

    /// The user's name goes with the start of the connection; PostgreSQL wants none here.
    Exchange(String password) {
      this("", password, randomNonce());
    }

    Exchange(String user, String password, String nonce) {
      this.user = user;
      this.password = password;
      this.nonce = nonce;
    }

    private static String randomNonce() {
      byte[] bytes = new byte[18];
      RANDOM.nextBytes(bytes);
      return base64(bytes);
    }

    String first() {
      return "n,,n=" + user + ",r=" + nonce;
    }

    /// Answers the server's challenge.
    String answer(String challenge) {
      String serverNonce = attribute(challenge, 'r');
      if (!serverNonce.startsWith(nonce) || serverNonce.length() == nonce.length()) {
        throw new IllegalStateException("the server's SCRAM nonce does not continue ours");
      }
      int iterations = Integer.parseInt(attribute(challenge, 'i'));
      if (iterations < 1 || iterations > 10_000_000) {
        throw new IllegalStateException("the server wants " + iterations + " SCRAM iterations");
      }
      salted =
          saltedPassword(
              password, Base64.getDecoder().decode(attribute(challenge, 's')), iterations);
      String withoutProof = "c=biws,r=" + serverNonce;
      authMessage = "n=" + user + ",r=" + nonce + "," + challenge + "," + withoutProof;
      byte[] clientKey = hmac(salted, "Client Key");
      byte[] signature = hmac(sha256(clientKey), authMessage);
      byte[] proof = new byte[clientKey.length];
      for (int i = 0; i < proof.length; i++) {
        proof[i] = (byte) (clientKey[i] ^ signature[i]);
      }
      return withoutProof + ",p=" + base64(proof);
    }

    /// Checks that the server knows the verifier, too.
    void verify(String last) {
      byte[] expected = hmac(hmac(salted, "Server Key"), authMessage);
      if (!MessageDigest.isEqual(expected, Base64.getDecoder().decode(attribute(last, 'v')))) {
        throw new IllegalStateException("the server does not know the password it asked for");
      }
    }

    private static String attribute(String message, char name) {
      for (String part : message.split(",", -1)) {
        if (part.length() > 2 && part.charAt(0) == name && part.charAt(1) == '=') {
          return part.substring(2);
        }
      }
      throw new IllegalStateException("the server's SCRAM message has no " + name);
    }
  }

  private static byte[] saltedPassword(String password, byte[] salt, int iterations) {
    try {
      var spec = new PBEKeySpec(prepared(password), salt, iterations, 256);
      return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// SASLprep (RFC 4013) as far as it changes real passwords: ASCII stays as it is, spaces become
  /// plain ones, and compatibility characters are composed. What it prohibits stays as written, as
  /// PostgreSQL does, too.
  private static char[] prepared(String password) {
    if (password.chars().allMatch(c -> c < 0x80)) {
      return password.toCharArray();
    }
    var mapped = new StringBuilder();
    password
        .codePoints()
        .filter(c -> !isMappedToNothing(c))
        .map(c -> Character.getType(c) == Character.SPACE_SEPARATOR ? ' ' : c)
        .forEach(mapped::appendCodePoint);
    String normal = Normalizer.normalize(mapped, Normalizer.Form.NFKC);
    boolean prohibited =
        normal.isEmpty()
            || normal
                .codePoints()
                .anyMatch(c ->
                    Character.isISOControl(c)
                        || Character.getType(c) == Character.PRIVATE_USE
                        || Character.getType(c) == Character.UNASSIGNED
                        || Character.getType(c) == Character.SURROGATE);
    return (prohibited ? password : normal).toCharArray();
  }

  private static boolean isMappedToNothing(int c) {
    return c == 0xAD
        || c == 0x34F
        || c == 0x1806
        || (c >= 0x180B && c <= 0x180D)
        || (c >= 0x200B && c <= 0x200D)
        || c == 0x2060
        || (c >= 0xFE00 && c <= 0xFE0F)
        || c == 0xFEFF;
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
