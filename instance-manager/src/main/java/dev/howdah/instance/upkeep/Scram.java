// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.upkeep;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// SCRAM-SHA-256 verifiers as PostgreSQL stores them (RFC 5802, RFC 7677): the server, its log and
/// its statistics never see a password.
public final class Scram {
  private static final int ITERATIONS = 4096;
  private static final int SALT_BYTES = 16;
  private static final String PREFIX = "SCRAM-SHA-256$";
  private static final SecureRandom RANDOM = new SecureRandom();

  private Scram() {}

  /// A new verifier for a password.
  public static String verifier(String password) {
    byte[] salt = new byte[SALT_BYTES];
    RANDOM.nextBytes(salt);
    return verifier(password, salt, ITERATIONS);
  }

  /// True if this stored verifier belongs to the password.
  public static boolean matches(String stored, String password) {
    String[] parts = stored.split("[$:]", -1);
    if (!stored.startsWith(PREFIX) || parts.length != 5) {
      return false;
    }
    try {
      byte[] salt = Base64.getDecoder().decode(parts[2]);
      String again = verifier(password, salt, Integer.parseInt(parts[1]));
      return MessageDigest.isEqual(
          again.getBytes(StandardCharsets.US_ASCII), stored.getBytes(StandardCharsets.US_ASCII));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String verifier(String password, byte[] salt, int iterations) {
    try {
      byte[] salted = salted(password, salt, iterations);
      byte[] stored =
          MessageDigest.getInstance("SHA-256")
              .digest(hmac(salted, "Client Key".getBytes(StandardCharsets.US_ASCII)));
      byte[] server = hmac(salted, "Server Key".getBytes(StandardCharsets.US_ASCII));
      Base64.Encoder base64 = Base64.getEncoder();
      return "%s%d:%s$%s:%s"
          .formatted(
              PREFIX,
              iterations,
              base64.encodeToString(salt),
              base64.encodeToString(stored),
              base64.encodeToString(server));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /// PBKDF2 with HMAC-SHA-256 and one block of output.
  private static byte[] salted(String password, byte[] salt, int iterations)
      throws GeneralSecurityException {
    String normal = Normalizer.normalize(password, Normalizer.Form.NFKC);
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(normal.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    byte[] first = Arrays.copyOf(salt, salt.length + 4);
    first[salt.length + 3] = 1;
    byte[] block = mac.doFinal(first);
    byte[] result = block.clone();
    for (int i = 1; i < iterations; i++) {
      block = mac.doFinal(block);
      for (int j = 0; j < result.length; j++) {
        result[j] ^= block[j];
      }
    }
    return result;
  }

  private static byte[] hmac(byte[] key, byte[] text) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text);
  }
}
