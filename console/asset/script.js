// What truly needs a script. Every form works without.
'use strict';

// A link in a mail brings its token in the fragment. It leaves the address at once, and goes into the form.
const link = document.querySelector('form[data-link]');
const token = new URLSearchParams(location.hash.slice(1)).get('token');
if (link && token) {
  history.replaceState(null, '', location.pathname);
  const input = link.elements.Token;
  input.value = token;
  input.autofocus = false;
  input.closest('.field').hidden = true;
  if ('go' in link.dataset) link.submit(); // to see whom it is for: this uses nothing up
  else link.querySelector('button').focus();
}

// What went wrong is read first.
const problem = document.getElementById('problem');
if (problem) problem.focus();

// Times in the reader's zone.
for (const time of document.querySelectorAll('time')) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.valueOf())) time.textContent = at.toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
}

// A password can be looked at while it is typed.
for (const input of document.querySelectorAll('input[type=password]')) {
  const button = document.createElement('button');
  const label = document.querySelector(`label[for="${input.id}"]`).textContent;
  button.type = 'button';
  button.className = 'quiet reveal';
  const show = (shown) => {
    input.type = shown ? 'text' : 'password';
    button.textContent = shown ? input.dataset.hide : input.dataset.show;
    button.setAttribute('aria-label', `${button.textContent}: ${label}`);
  };
  button.addEventListener('click', () => show(input.type === 'password'));
  input.form.addEventListener('submit', () => show(false));
  input.after(button);
  show(false);
}

for (const button of document.querySelectorAll('[data-copy]')) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  const was = button.textContent;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).innerText.trim());
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = was; }, 2000);
  });
}

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => print());
}

// A form is sent once.
for (const form of document.forms) {
  form.addEventListener('submit', () => {
    const disable = (disabled) => {
      for (const button of form.querySelectorAll('button:not([type=button])')) button.disabled = disabled;
    };
    setTimeout(disable, 0, true);
    setTimeout(disable, 10_000, false); // where no answer comes
  });
}
addEventListener('pageshow', (event) => {
  if (event.persisted) for (const button of document.querySelectorAll('button')) button.disabled = false;
});
