// What a passkey needs a script for: to ask the browser (https://www.w3.org/TR/webauthn-3/), and to put its answer into the form.
'use strict';

{
  const form = document.querySelector('form[data-passkey]');
  const button = form.querySelector('button');
  const failed = document.getElementById('passkey-failed');
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

  // The options are JSON, in which bytes are texts.
  const options = () => {
    const asked = JSON.parse(form.dataset.options);
    asked.challenge = bytes(asked.challenge);
    if (asked.user) asked.user.id = bytes(asked.user.id);
    for (const known of [...(asked.allowCredentials ?? []), ...(asked.excludeCredentials ?? [])]) known.id = bytes(known.id);
    return asked;
  };

  const answer = (credential) => {
    const response = { transports: credential.response.getTransports?.() };
    for (const part of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
      if (credential.response[part]) response[part] = text(credential.response[part]);
    }
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response };
  };

  let under;
  const ask = async () => {
    under?.abort(); // a browser asks for one thing at a time
    under = new AbortController();
    failed.hidden = true;
    const credential = await navigator.credentials[form.dataset.passkey]({ publicKey: options(), signal: under.signal });
    form.elements.Credential.value = JSON.stringify(answer(credential));
    form.submit();
  };

  button.hidden = false;
  button.addEventListener('click', () => ask().catch((why) => {
    if (why.name === 'AbortError') return;
    failed.hidden = false;
    failed.focus();
  }));
  if ('go' in form.dataset) ask().catch(() => button.focus()); // some browsers wait for a press
}
