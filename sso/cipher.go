package sso

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"slices"
)

const (
	wrapOAEP   = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
	wrapOAEP11 = "http://www.w3.org/2009/xmlenc11#rsa-oaep"
)

// sealAlgorithms are those that notice a change; AES-CBC, which does not, has been an oracle in many products.
var sealAlgorithms = []string{
	"http://www.w3.org/2009/xmlenc11#aes128-gcm",
	"http://www.w3.org/2009/xmlenc11#aes192-gcm",
	"http://www.w3.org/2009/xmlenc11#aes256-gcm",
}

// wrapHashes are the digests of OAEP and of its mask generation; "" is what is meant where none is named.
var wrapHashes = map[string]crypto.Hash{
	"": crypto.SHA1, "http://www.w3.org/2000/09/xmldsig#sha1": crypto.SHA1, "http://www.w3.org/2001/04/xmlenc#sha256": crypto.SHA256,
	"http://www.w3.org/2009/xmlenc11#mgf1sha1": crypto.SHA1, "http://www.w3.org/2009/xmlenc11#mgf1sha256": crypto.SHA256,
}

// checkCipher lets encryption pass that we can undo without telling anybody anything.
func checkCipher(n *node) error {
	method := n.only(nsCipher, "EncryptionMethod")
	if n.name.Space != nsCipher || method == nil || n.only(nsCipher, "CipherData") == nil {
		return stop(gateShape, "the encrypted part has not the form of XML Encryption")
	}
	algorithm := method.attr("Algorithm")
	if n.name.Local == "EncryptedData" {
		if !slices.Contains(sealAlgorithms, algorithm) {
			return stop(gateAlgorithms, "the encryption is not AES-GCM")
		}
		return nil
	}
	if algorithm != wrapOAEP && algorithm != wrapOAEP11 {
		return stop(gateAlgorithms, "the key is not encrypted with RSA-OAEP")
	}
	for _, parameter := range method.children {
		if wrapHashes[parameter.attr("Algorithm")] == 0 {
			return stop(gateAlgorithms, "the key is encrypted with a digest other than SHA-1 and SHA-256")
		}
	}
	return nil
}

// errSealed is what becomes of everything that can't be decrypted, whatever the cause, so that answers tell nobody more.
var errSealed = errors.New("the encrypted assertion can't be opened with the keys of this service provider")

// unwrap decrypts the key of a message with whichever of our keys it was encrypted for. Which digests were used is told
// by URIs. All keys are tried whatever comes of it: that a message was tampered with, and for which key it is, is no other work.
func unwrap[K crypto.Decrypter](keys []K, wrapped []byte, algorithm, digest, mask string) []byte {
	if algorithm == wrapOAEP {
		mask = "" // always SHA-1, by its definition
	}
	dummy := sha256.Sum256(wrapped)
	found := dummy[:] // a key that opens nothing, to go on with
	for _, key := range keys {
		if opened, err := key.Decrypt(nil, wrapped, &rsa.OAEPOptions{Hash: wrapHashes[digest], MGFHash: wrapHashes[mask]}); err == nil {
			found = opened
		}
	}
	return found
}

// unseal decrypts a message: nonce, ciphertext and tag.
func unseal(key, sealed []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errSealed
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil || len(sealed) < gcm.NonceSize() {
		return nil, errSealed
	}
	plain, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], nil)
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}
