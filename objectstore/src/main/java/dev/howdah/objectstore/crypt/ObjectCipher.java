// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.crypt;

import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;

/// One object's encryption: a head (magic, id of the key, check value of the key, salt, chunks in a
/// part), then chunks of 64 KiB, each sealed by AES-256-GCM.
///
/// Each object has a key of its own, derived (HKDF-SHA256) from the named key, the object's salt
/// and its name below the server's folder: nothing can be put in another object's place. The nonce
/// of a chunk is its part, its number there, and whether it is the object's last: chunks can't be
/// moved, left out, or cut off at the end.
final class ObjectCipher {
  static final int CHUNK = 64 * 1024;
  static final int SEALED = CHUNK + 16;
  private static final byte[] MAGIC = "HOWDAHE1".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PURPOSE = "howdah object\0".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CHECK = "howdah key check".getBytes(StandardCharsets.US_ASCII);
  private static final int CHECK_BYTES = 8;
  private static final int SALT_BYTES = 32;
  private static final int TAG_BITS = 128;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final SecretKey key;
  private final byte[] id;
  private final byte[] check;
  private final byte[] salt;
  private final int chunksInPart;

  private ObjectCipher(String id, SecretKey named, byte[] salt, String name, int chunksInPart) {
    this.id = id.getBytes(StandardCharsets.UTF_8);
    this.salt = salt;
    this.check = check(named);
    this.key = derive(named, salt, name);
    this.chunksInPart = chunksInPart;
  }

  /// For a new object.
  ///
  /// @param name its key in the store
  static ObjectCipher create(ClientKeys keys, String name) {
    var salt = new byte[SALT_BYTES];
    RANDOM.nextBytes(salt);
    return new ObjectCipher(
        keys.active(),
        java.util.Objects.requireNonNull(keys.keys().get(keys.active())),
        salt,
        name,
        0);
  }

  /// Reads the head of an object.
  ///
  /// @throws StoreException if its key isn't there, or another one has its id
  static ObjectCipher read(InputStream in, ClientKeys keys, String name, String place)
      throws IOException {
    var fixed = in.readNBytes(MAGIC.length + 1);
    if (fixed.length <= MAGIC.length
        || !MessageDigest.isEqual(MAGIC, java.util.Arrays.copyOf(fixed, MAGIC.length))) {
      throw new IOException("%s in %s is no encrypted object of ours".formatted(name, place));
    }
    var rest = in.readNBytes((fixed[MAGIC.length] & 0xff) + CHECK_BYTES + SALT_BYTES + 4);
    if (rest.length < (fixed[MAGIC.length] & 0xff) + CHECK_BYTES + SALT_BYTES + 4) {
      throw new EOFException("%s in %s ends too early".formatted(name, place));
    }
    var fields = ByteBuffer.wrap(rest);
    var id = new byte[fixed[MAGIC.length] & 0xff];
    var check = new byte[CHECK_BYTES];
    var salt = new byte[SALT_BYTES];
    fields.get(id).get(check).get(salt);
    var called = new String(id, StandardCharsets.UTF_8);
    var named = keys.keys().get(called);
    if (named == null) {
      throw new StoreException(
          Kind.NO_KEY,
          "%s in %s is encrypted with the key \"%s\"; %s"
              .formatted(
                  name,
                  place,
                  called,
                  keys.keys().isEmpty()
                      ? keys.origin()
                      : keys.origin() + " doesn't have it: add it there"));
    }
    if (!MessageDigest.isEqual(check, check(named))) {
      throw new StoreException(
          Kind.NO_KEY,
          "%s in %s was encrypted with another key than \"%s\" of %s is now; put the former one back, under that name, and a new one under a new name"
              .formatted(name, place, called, keys.origin()));
    }
    return new ObjectCipher(called, named, salt, name, fields.getInt());
  }

  /// The same object, with parts of several chunks.
  byte[] head(int chunksInFirstPart) {
    return ByteBuffer.allocate(headBytes())
        .put(MAGIC)
        .put((byte) id.length)
        .put(id)
        .put(check)
        .put(salt)
        .putInt(chunksInFirstPart)
        .array();
  }

  int headBytes() {
    return MAGIC.length + 1 + id.length + CHECK_BYTES + SALT_BYTES + 4;
  }

  /// @param chunk counted from the object's beginning
  int part(long chunk) {
    return chunksInPart == 0 ? 1 : Math.toIntExact(chunk / chunksInPart) + 1;
  }

  int inPart(long chunk) {
    return Math.toIntExact(chunksInPart == 0 ? chunk : chunk % chunksInPart);
  }

  /// Where a chunk begins in the stored object.
  long offset(long chunk) {
    return headBytes() + chunk * SEALED;
  }

  int seal(byte[] plain, int length, byte[] into, int part, int chunk, boolean last) {
    try {
      return cipher(Cipher.ENCRYPT_MODE, part, chunk, last).doFinal(plain, 0, length, into, 0);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM doesn't work in this Java runtime", e);
    }
  }

  /// @throws IOException if it is not what was sealed
  int open(byte[] sealed, int length, byte[] into, long chunk, boolean last) throws IOException {
    try {
      return cipher(Cipher.DECRYPT_MODE, part(chunk), inPart(chunk), last)
          .doFinal(sealed, 0, length, into, 0);
    } catch (AEADBadTagException e) {
      throw new IOException("it is damaged, cut off, or another object's content", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM doesn't work in this Java runtime", e);
    }
  }

  private Cipher cipher(int mode, int part, int chunk, boolean last)
      throws GeneralSecurityException {
    var nonce = ByteBuffer.allocate(12).putInt(part).putInt(chunk).putInt(last ? 1 : 0).array();
    var cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    return cipher;
  }

  private static SecretKey derive(SecretKey named, byte[] salt, String name) {
    // below the server's folder, so that a copy of an archive under another name can be read
    var below = name.substring(name.indexOf('/') + 1).getBytes(StandardCharsets.UTF_8);
    var info = ByteBuffer.allocate(PURPOSE.length + below.length).put(PURPOSE).put(below).array();
    try {
      return KDF.getInstance("HKDF-SHA256")
          .deriveKey(
              "AES",
              HKDFParameterSpec.ofExtract().addIKM(named).addSalt(salt).thenExpand(info, 32));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HKDF doesn't work in this Java runtime", e);
    }
  }

  /// Tells keys apart, and says nothing of them.
  static byte[] check(SecretKey named) {
    try {
      return KDF.getInstance("HKDF-SHA256")
          .deriveData(
              HKDFParameterSpec.ofExtract()
                  .addIKM(named)
                  .addSalt(new byte[SALT_BYTES])
                  .thenExpand(CHECK, CHECK_BYTES));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HKDF doesn't work in this Java runtime", e);
    }
  }
}
